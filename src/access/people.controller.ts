import { Body, Controller, Get, Headers, HttpCode, Param, Patch, Post, Req, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ApiErrors } from '../http/api-errors.js';
import { WholeList } from '../http/whole-list.js';
import { ApiIfMatch, taggedAs } from '../http/etag.js';
import { Access } from './access.js';
import type { Caller } from './api-keys.service.js';
import { ChangeMyself, ChangePerson, CreatePerson, InviteLink, PersonAnswer, PersonCreated, PersonList } from './people.dto.js';
import { PeopleService, versionOfPerson } from './people.service.js';

const PERSON = { name: 'id', example: '019abc12-3456-7890-8abc-def012345678' };

/** No permission for all: a person changes the own account, an admin everybody's. */
@ApiTags('People')
@Controller('api/v1/people')
export class PeopleController {
  constructor(private readonly people: PeopleService) {}

  @Get()
  @Access('admin')
  @ApiOperation({ summary: 'People who sign in, oldest first' })
  @ApiOkResponse({ type: PersonList })
  @WholeList('name', 'email', 'role', 'hasPassword')
  @ApiErrors(401, 403, 503)
  async list(): Promise<PersonList> {
    return { data: await this.people.list(), nextCursor: null };
  }

  @Post()
  @Access('admin')
  @ApiOperation({ summary: 'Add a person', description: 'Without a password the answer has a one-time link to send, this once.' })
  @ApiCreatedResponse({ type: PersonCreated })
  @ApiErrors(400, 401, 403, 409, 413, 415, 422, 503)
  async create(@Body() wanted: CreatePerson, @Res({ passthrough: true }) reply: FastifyReply): Promise<PersonCreated> {
    return withTag(reply, await this.people.create(wanted));
  }

  @Get(':id')
  @Access('admin')
  @ApiOperation({ summary: 'One person' })
  @ApiParam(PERSON)
  @ApiOkResponse({ type: PersonAnswer })
  @ApiErrors(401, 403, 404, 503)
  async get(@Param('id') id: string, @Res({ passthrough: true }) reply: FastifyReply): Promise<PersonAnswer> {
    return withTag(reply, await this.people.get(id));
  }

  @Patch('me')
  @Access('self')
  @ApiOperation({ summary: 'Change the own account', description: 'A new password ends every other session of the person.' })
  @ApiIfMatch()
  @ApiOkResponse({ type: PersonAnswer })
  @ApiErrors(400, 401, 403, 409, 412, 413, 415, 429, 503)
  async changeMyself(
    @Body() change: ChangeMyself,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() { caller }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PersonAnswer> {
    return withTag(reply, await this.people.changeMyself(change, caller as Caller, ifMatch));
  }

  @Patch(':id')
  @Access('admin')
  @ApiOperation({ summary: 'Change or disable a person', description: 'Takes effect everywhere within a second.' })
  @ApiParam(PERSON)
  @ApiIfMatch()
  @ApiOkResponse({ type: PersonAnswer })
  @ApiErrors(400, 401, 403, 404, 409, 412, 413, 415, 503)
  async change(
    @Param('id') id: string,
    @Body() change: ChangePerson,
    @Headers('if-match') ifMatch: string | undefined,
    @Req() { caller }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PersonAnswer> {
    return withTag(reply, await this.people.change(id, change, caller as Caller, ifMatch));
  }

  @Post(':id/invite')
  @HttpCode(200)
  @Access('admin')
  @ApiOperation({
    summary: 'Make a one-time link for a person',
    description: 'Whoever opens it chooses a new password and is signed in; it replaces links made before and is valid for 7 days.',
  })
  @ApiParam(PERSON)
  @ApiOkResponse({ type: InviteLink })
  @ApiErrors(400, 401, 403, 404, 409, 422, 503)
  invite(@Param('id') id: string): Promise<InviteLink> {
    return this.people.invite(id);
  }
}

const withTag = <T extends PersonAnswer>(reply: FastifyReply, person: T): T => taggedAs(reply, person, versionOfPerson(person));
