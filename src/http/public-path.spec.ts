import { expect, it } from '@jest/globals';
import { publicUrl } from './public-path.js';

it.each([
  ['/postback/', '/postback'],
  ['//postback', '/postback'],
  ['/Postback?cid=A&x=/a//b/', '/postback?cid=A&x=/a//b/'],
  ['/postback//T0ken/', '/postback/T0ken'],
  ['///POSTBACK///T0ken///?cid=A', '/postback/T0ken?cid=A'],
  ['/postback.GIF/', '/postback.gif'],
  ['/postback/T/x/', '/postback/T/x'],
  ['/postback/%zz?x=%zz', '/postback/%25zz?x=%zz'],
  ['/postback/#38;', '/postback#38;'],
  ['/C/K3V9/', '/c/k3v9'],
  ['//c//k3v9?sub1=A', '/c/k3v9?sub1=A'],
  ['/c/%zz?x=%zz', '/c/%25zz?x=%zz'],
  ['/api/v1/offers/%ZZ?name=%ZZ', '/api/v1/offers/%25ZZ?name=%ZZ'],
  ['/%c3', '/%25c3'],
  ['/c/k3v9?keyword=k%F6ln&sub1=%C3%BC', '/c/k3v9?keyword=k%D1%86ln&sub1=%C3%BC'],
  ['/c/k3v9?keyword=a+%A35', '/c/k3v9?keyword=a%20%C2%A35'],
])('%s is %s', (url, meant) => expect(publicUrl(url)).toBe(meant));

it.each([
  '/postback',
  '/postback?cid=A',
  '/postback.gif?cid=A',
  '/postback/T0ken?cid=A',
  '/postback/T0ken.Gif',
  '/c/k3v9?sub1=A',
  '/c/k3v9?keyword=k%C3%B6ln',
  '/',
  '/API/v1//offers/',
  '/app/%C3%BC%2F%41',
  '/C',
  '/cats/',
  '/x/postback/',
])('%s stays', (url) => expect(publicUrl(url)).toBe(url));
