/** Options of sending a request, beside its address. */

import { NO_BODY } from '../options/body-kind.js';

/** Headers, body and authorization of a request. All plain inputs of a call share one such object. */
export class SendOptions {
  constructor(template, headers, sameOrigin) {
    this.template = template;
    this.headers = headers;
    /** Carries what must not reach another origin: its redirects are followed by us, where the host shows them. */
    this.stripOnRedirect = (sameOrigin && template.stripOnRedirect) || template.hooks.beforeRequest.length > 0;
    /** Headers of a Request itself, which it takes along to other origins. */
    this.ownHeaders = undefined;
    /** Authorization comes from a function, attempt by attempt. */
    this.asksAuth = sameOrigin && template.authCache !== undefined && headers?.authorization === undefined;
    this.request = undefined;
    /** By a header of its own it may be sent again, whatever its method. */
    this.isKeyed = false;
    this.body = template.body;
    this.bodyKind = template.bodyKind;
    /** Needs nothing but its address. */
    this.isPlain = template.method === 'GET' && headers === undefined && template.bodyKind === NO_BODY && !this.stripOnRedirect;
  }
}
