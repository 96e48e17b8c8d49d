import { ClickAnswer } from '../clicks/click-log.dto.js';
import { ConversionAnswer } from '../conversions/conversion.dto.js';
import { PostbackAnswer } from './postback-log.dto.js';

/** A click with what became of it. */
export class ClickDetail extends ClickAnswer {
  /** The newest 200 */
  postbacks!: PostbackAnswer[];
  conversions!: ConversionAnswer[];
}
