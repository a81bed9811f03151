/**
 * One mall's access token, read from Vault. For a server only: never import it in the browser.
 *
 * It refreshes nothing, and cannot: the reader's policy shows one access token and no more.
 * Whoever keeps the token valid is the keeper, `manage.py keep-warm MALL on`.
 */

export type Place = {
  mallId: string;
  vaultAddr: string;
  roleId: string;
  secretId: string;
  namespace?: string;
  mount?: string;
  prefix?: string;
  /** Where the Admin API is; `{mall_id}` stands for the mall. */
  apiUrl?: string;
};

/** What went wrong, and the next step. Never holds a token or a secret. */
export class Cafe24TokenError extends Error {
  override readonly name = "Cafe24TokenError";
}

type Held = { token: string; until: number };

/** As the keeper: a token with less left than this is looked up anew. */
const MARGIN_MS = 5 * 60_000;
const ANSWER_MS = 5_000;
const MALL_ID = /^(?!(?:undefined|null|none|nan|true|false)$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

export class Cafe24AccessToken {
  readonly #place: Required<Place>;
  #signIn?: string;
  #held?: Held;
  #reading?: Promise<Held>;

  constructor(place: Place) {
    if (!MALL_ID.test(place.mallId)) {
      throw new Cafe24TokenError(`"${place.mallId}" is no mall id. Give the one before .cafe24.com.`);
    }
    for (const name of ["vaultAddr", "roleId", "secretId"] as const) {
      if (!place[name]) throw new Cafe24TokenError(`${name} is empty. Set it on this server.`);
    }
    this.#place = {
      namespace: "",
      mount: "secret",
      prefix: "cafe24",
      apiUrl: "https://{mall_id}.cafe24api.com",
      ...place,
    };
  }

  /**
   * A token that is valid now. Of all who call at once, one asks Vault.
   *
   * @param rejected the token that met a 401: Vault is asked whether there is another.
   */
  async get(rejected?: string): Promise<string> {
    const held = this.#held;
    const isFit = held && held.token !== rejected;
    if (isFit && held.until - Date.now() > MARGIN_MS) return held.token;
    try {
      return (await this.#readOnce()).token;
    } catch (failure) {
      if (isFit && held.until > Date.now()) return held.token; // Vault is away, the token is not
      throw failure;
    }
  }

  /**
   * Calls the Admin API. A 401 leads to one look into Vault, and to one more call if the token
   * there is another one; else the 401 is yours. Give a body that can be sent twice: a text.
   */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const token = await this.get();
    const answer = await this.#call(path, init, token);
    if (answer.status !== 401) return answer;
    const newer = await this.get(token);
    if (newer === token) return answer;
    await answer.body?.cancel();
    return this.#call(path, init, newer);
  }

  #call(path: string, init: RequestInit, token: string): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${token}`);
    const api = this.#place.apiUrl.replace("{mall_id}", this.#place.mallId);
    return fetch(api + path, { cache: "no-store", ...init, headers, redirect: "error" });
  }

  #readOnce(): Promise<Held> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  async #read(): Promise<Held> {
    const { mallId, mount, prefix } = this.#place;
    const path = `${mount}/data/${prefix}/access/${mallId}`;
    let answer = await this.#ask("GET", path, (this.#signIn ??= await this.#login()));
    if (answer.status === 403) {
      // The sign-in may have ended: one more, and then the refusal is meant.
      answer = await this.#ask("GET", path, (this.#signIn = await this.#login()));
    }
    if (!answer.ok) throw this.#refused(answer.status);
    const { access_token: token, access_expires_at: ends } = (await answer.json()).data.data;
    // By Vault's clock, so that this machine's may be wrong.
    const left = Date.parse(ends) - Date.parse(answer.headers.get("date") ?? "");
    if (!(left > 0)) {
      throw new Cafe24TokenError(
        `The access token of ${mallId} ended at ${ends}. Whoever runs the keeper: ` +
          `manage.py keep-warm ${mallId} on, and manage.py refresh ${mallId}`,
      );
    }
    return (this.#held = { token, until: Date.now() + left });
  }

  async #login(): Promise<string> {
    const { roleId: role_id, secretId: secret_id } = this.#place;
    const answer = await this.#ask("POST", "auth/approle/login", undefined, { role_id, secret_id });
    if (answer.ok) return (await answer.json()).auth.client_token;
    if (answer.status >= 500) throw this.#refused(answer.status);
    throw new Cafe24TokenError(
      `Vault refuses the reader's sign-in (${answer.status}). Its secret_id has ended or is another ` +
        "role's: have a new one issued and set it on this server.",
    );
  }

  async #ask(method: string, path: string, signIn?: string, body?: object): Promise<Response> {
    const headers: Record<string, string> = { "X-Vault-Request": "true" };
    if (signIn) headers["X-Vault-Token"] = signIn;
    if (this.#place.namespace) headers["X-Vault-Namespace"] = this.#place.namespace;
    try {
      return await fetch(`${this.#place.vaultAddr.replace(/\/$/, "")}/v1/${path}`, {
        method,
        headers,
        body: body && JSON.stringify(body),
        cache: "no-store", // Next.js caches what fetch answers unless told
        redirect: "error",
        signal: AbortSignal.timeout(ANSWER_MS),
      });
    } catch (failure) {
      const why = failure instanceof Error ? failure.name : "no answer";
      throw new Cafe24TokenError(`Vault is not reached (${why}). Check vaultAddr and the network.`);
    }
  }

  #refused(status: number): Cafe24TokenError {
    const { mallId, mount, prefix } = this.#place;
    const next: Record<number, string> = {
      403: "Give its role the reader's policy of this mall: deploy/policies/reader.hcl",
      404: `There is no ${mount}/${prefix}/access/${mallId}. Connect the mall: manage.py authorize ${mallId}`,
    };
    return new Cafe24TokenError(
      `Vault answers ${status} for ${mallId}. ${next[status] ?? "It is sealed or failing: try again later."}`,
    );
  }
}
