import { Injectable } from '@nestjs/common';

/** Whether this process wants traffic. At a stop it says no before the listener closes, so that a balancer moves away first. */
@Injectable()
export class Readiness {
  leaving = false;

  leave(): void {
    this.leaving = true;
  }
}
