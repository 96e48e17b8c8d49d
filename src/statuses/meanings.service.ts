import { Injectable } from '@nestjs/common';
import { LiveSourcesService, type LiveSource } from '../offer-sources/live-sources.service.js';
import { resolveStatus } from './resolve-status.js';

/** What status words mean at present, by the maps of sources, templates and the account that are in force. */
@Injectable()
export class MeaningsService {
  constructor(private readonly sources: LiveSourcesService) {}

  /** What a status word means at a source, and which map says so. */
  of(word: string, source: LiveSource | null): ReturnType<typeof resolveStatus> {
    return resolveStatus(word, source?.statusMaps ?? this.sources.accountMaps);
  }
}
