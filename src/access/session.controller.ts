import { Body, Controller, Delete, Get, HttpCode, Param, Post, Req, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { Problem } from '../http/problem.js';
import { Access } from './access.js';
import { AccountService } from './account.service.js';
import type { Caller } from './api-keys.service.js';
import { AuthorityService } from './authority.service.js';
import { sessionCookie } from './cookie.js';
import { InviteAnswer, InviteQuestion, SessionList, SignedIn, SignIn } from './session.dto.js';
import { SessionsService } from './sessions.service.js';
import { SignInService } from './sign-in.service.js';
import { VERSION } from '../version.js';

const FOREIGN_SITE = /^(cross-site|same-site)$/;

@ApiTags('People')
@Controller('api/v1')
@Access('self')
export class SessionController {
  constructor(
    private readonly authority: AuthorityService,
    private readonly signIn: SignInService,
    private readonly sessions: SessionsService,
    private readonly account: AccountService,
  ) {}

  @Post('session')
  @HttpCode(200)
  @Access('token')
  @ApiOperation({
    summary: 'Sign in',
    description:
      'With `key`, with `email` and `password`, or with `invite` and the `password` (and, for somebody new, `name` and `email`) to have from now on. Sets the session’s cookie. Failures are slowed by address and by account: 1 s, 2 s, 4 s … 1 min.',
    security: [],
  })
  @ApiOkResponse({ type: SignedIn })
  @ApiErrors(400, 401, 403, 409, 413, 415, 429, 503)
  async begin(@Body() said: SignIn, @Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<SignedIn> {
    // Nobody is to be signed in as somebody else by a foreign page.
    if (FOREIGN_SITE.test(String(request.headers['sec-fetch-site'] ?? '')))
      throw new Problem(403, 'forbidden', 'This request comes from another site. Sign in at /app.');
    const token = await this.signIn.signIn(said, this.authority.origin(request), this.authority.token(request));
    void reply.header('Set-Cookie', sessionCookie(token, this.authority.secure(request)));
    const caller = await this.sessions.find(token);
    if (caller === null) throw new Problem(401, 'unauthorized', 'The account was disabled at this moment.');
    return this.answer(caller);
  }

  @Post('session/invite')
  @HttpCode(200)
  @Access('token')
  @ApiOperation({ summary: 'Who a one-time link is for', description: 'It is not used up by this.', security: [] })
  @ApiOkResponse({ type: InviteAnswer })
  @ApiErrors(400, 401, 413, 415, 429, 503)
  invite(@Body() { invite }: InviteQuestion, @Req() request: FastifyRequest): Promise<InviteAnswer> {
    return this.signIn.askInvite(invite, this.authority.origin(request));
  }

  @Get('session')
  @ApiOperation({ summary: 'Who is signed in', description: 'A key is answered too.' })
  @ApiOkResponse({ type: SignedIn })
  @ApiErrors(401, 503)
  get(@Req() { caller }: FastifyRequest): Promise<SignedIn> {
    return this.answer(caller as Caller);
  }

  @Delete('session')
  @HttpCode(204)
  @ApiOperation({ summary: 'Sign out' })
  @ApiNoContentResponse()
  @ApiErrors(401, 403, 503)
  async end(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): Promise<void> {
    const caller = request.caller as Caller;
    if (caller.session !== undefined) await this.sessions.end(caller.session.id, caller);
    void reply.header('Set-Cookie', [sessionCookie('', false), sessionCookie('', true)]);
  }

  @Get('sessions')
  @ApiOperation({ summary: 'Sessions, newest first', description: 'The caller’s own; an admin sees everybody’s.' })
  @ApiOkResponse({ type: SessionList })
  @WholeList()
  @ApiErrors(401, 503)
  async list(@Req() { caller }: FastifyRequest): Promise<SessionList> {
    return { data: await this.sessions.list(caller as Caller), nextCursor: null };
  }

  @Delete('sessions/:id')
  @HttpCode(204)
  @ApiOperation({ summary: 'End a session', description: 'It is refused everywhere within a second.' })
  @ApiParam({ name: 'id', example: '019abc12-3456-7890-8abc-def012345678' })
  @ApiNoContentResponse()
  @ApiErrors(401, 403, 404, 503)
  endOne(@Param('id') id: string, @Req() { caller }: FastifyRequest): Promise<void> {
    return this.sessions.end(id, caller as Caller);
  }

  private async answer({ id, name, role, session }: Caller): Promise<SignedIn> {
    const { timeZone } = await this.account.read();
    return { person: { id, name, email: session?.person?.email ?? null }, role, timeZone, version: VERSION };
  }
}
