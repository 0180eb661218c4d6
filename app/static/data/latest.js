/** Of many wishes, answers the newest: what a drag asks for changes faster than it is answered. */

/** Runs the newest wish: at most `limit` requests in flight, never an older answer after a newer.
 * @template Wish, Answer */
export class Latest {
  #asked = 0;
  #shown = 0;
  /** @type {{wish: Wish} | null} */
  #waiting = null;
  /** @type {Map<number, AbortController>} */
  #flying = new Map();

  /** @param {(wish: Wish, signal: AbortSignal) => Promise<Answer>} run
   * @param {(answer: Answer, wish: Wish) => void} show
   * @param {{limit?: number, fail?: (error: Error) => void}} [options] */
  constructor(run, show, { limit = 2, fail = () => undefined } = {}) {
    this.run = run;
    this.show = show;
    this.limit = limit;
    this.fail = fail;
  }

  /** @param {Wish} wish */
  want(wish) {
    this.#waiting = { wish };
    this.#pump();
  }

  #pump() {
    if (!this.#waiting || this.#flying.size >= this.limit) return;
    const { wish } = this.#waiting;
    this.#waiting = null;
    this.#asked += 1;
    this.#fly(this.#asked, wish);
  }

  /** @param {number} number @param {Wish} wish */
  async #fly(number, wish) {
    const controller = new AbortController();
    this.#flying.set(number, controller);
    try {
      const answer = await this.run(wish, controller.signal);
      if (number > this.#shown) this.#arrive(number, answer, wish);
    } catch (error) {
      if (!controller.signal.aborted) this.fail(/** @type {Error} */ (error));
    } finally {
      this.#flying.delete(number);
      this.#pump();
    }
  }

  /** @param {number} number @param {Answer} answer @param {Wish} wish */
  #arrive(number, answer, wish) {
    this.#shown = number;
    for (const [other, controller] of this.#flying) if (other < number) controller.abort();
    this.show(answer, wish);
  }
}

/** Call `run` once, after `milliseconds` without another call.
 * @param {() => void} run @param {number} milliseconds */
export function debounce(run, milliseconds) {
  let timer = 0;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds);
  };
}
