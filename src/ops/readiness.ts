import { Injectable } from '@nestjs/common';

/** Whether this process takes traffic. When it is being stopped it says no before the listener closes, so that a load balancer sends its requests elsewhere first. */
@Injectable()
export class Readiness {
  leaving = false;

  leave(): void {
    this.leaving = true;
  }
}
