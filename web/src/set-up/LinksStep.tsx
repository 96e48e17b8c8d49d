import { Button } from '@mantine/core';
import { useNetworks } from '../api/catalog';
import type { Schemas } from '../api/client';
import { CopyLine } from '../parts/Copy';
import { networkMacros } from '../parts/macro-spans';
import { Unreachable } from '../parts/Unreachable';
import { StepFrame } from './SetUp';
import styles from './SetUp.module.css';
import { words } from './strings';

/** The two links, and where each is pasted. */
export function LinksStep(props: { source: Schemas['OfferSourceAnswer']; offer: Schemas['OfferAnswer']; onDone: () => void }) {
  const { source, offer, onDone } = props;
  const network = useNetworks().data?.find(({ key }) => key === source.template);
  const name = network === undefined || network.key === 'custom' ? source.name : network.name;
  const perStatus = source.postbackUrls ?? [];
  const notes = [...(network?.disputed ?? []), ...(network?.notes ?? [])];
  return (
    <StepFrame
      title={words.linksTitle}
      hint=""
      next={
        <Button size="sm" onClick={onDone}>
          {words.toTest}
        </Button>
      }
    >
      <div className={styles.fields}>
        <Unreachable url={offer.trackingUrl} />
        <div>
          <div className={styles.label}>{words.tracking}</div>
          <CopyLine text={offer.trackingUrl} what={words.tracking} primary />
          <div className={styles.about}>{words.trackingHint}</div>
        </div>
        <div>
          <div className={styles.label}>{words.postback}</div>
          {perStatus.length === 0
            ? offer.postbackUrl !== null && (
                <CopyLine text={offer.postbackUrl} what={words.postback} spans={networkMacros(offer.postbackUrl)} primary />
              )
            : perStatus.map(({ status, url }, i) => (
                <div key={url} style={{ marginBottom: 8 }}>
                  <div className={styles.about}>{network?.variants[i]?.label ?? status}</div>
                  <CopyLine text={url} what={`${words.postback}, ${status}`} spans={networkMacros(url)} />
                </div>
              ))}
          <div className={styles.about}>{perStatus.length === 0 ? words.postbackHint(name) : words.perStatusHint(name)}</div>
        </div>
        {notes.length > 0 && (
          <div>
            <div className={styles.label}>{words.notes}</div>
            <ul style={{ margin: 0, paddingLeft: 18 }}>
              {notes.map((note) => (
                <li key={note}>{note}</li>
              ))}
            </ul>
          </div>
        )}
      </div>
    </StepFrame>
  );
}
