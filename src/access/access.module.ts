import { Module } from '@nestjs/common';
import { AccountService } from './account.service.js';
import { PeopleService } from './people.service.js';
import { SignInService } from './sign-in.service.js';

/** What only API processes need; keys, sessions and the guard are in every process (ops.module.ts). */
@Module({
  providers: [AccountService, PeopleService, SignInService],
  exports: [AccountService, PeopleService, SignInService],
})
export class AccessModule {}
