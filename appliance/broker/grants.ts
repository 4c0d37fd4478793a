import type { SiteFile } from '#contracts/site-file.ts';
import { covers } from './wire/topics.ts';

export type MqttConfig = SiteFile['mqtt'];
export type MqttClientConfig = MqttConfig['clients'][number];

// Topics per client whose answer is remembered.
const ANSWERS_COUNT_MAX = 2_000;

/** What one user of the site file may do. Default is no. */
export class Grants {
  readonly config: MqttClientConfig;
  readonly #site: string;
  readonly #publish = new Map<string, boolean>();

  constructor(config: MqttClientConfig, site: string) {
    this.config = config;
    this.#site = site;
  }

  mayPublish(topic: string): boolean {
    const known = this.#publish.get(topic);
    if (known !== undefined) return known;
    const answer = this.config.publish.some(
      (filter) => covers(filter, topic) && (!this.#isOwn(topic) || !/^[+#]/.test(filter)),
    );
    if (this.#publish.size >= ANSWERS_COUNT_MAX) this.#publish.clear();
    this.#publish.set(topic, answer);
    return answer;
  }

  /** A granted filter must cover all that the asked one can match. */
  maySubscribe(filter: string): boolean {
    return this.config.subscribe.some((granted) => covers(granted, filter));
  }

  // What the site says of itself: a grant of `#` does not reach it, only one that names the first level does.
  #isOwn(topic: string): boolean {
    return topic === `site/${this.#site}` || topic.startsWith(`site/${this.#site}/`);
  }
}

export function grantsByUser(config: MqttConfig, site: string): ReadonlyMap<string, Grants> {
  return new Map(config.clients.map((client) => [client.id, new Grants(client, site)]));
}
