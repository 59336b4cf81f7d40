/** Options of curl, wget, aria2c, xargs and other clients: what the command has for each. */

/**
 * A hint for whoever knows an option by another command.
 * @param {string} name without its dashes
 * @returns {string | undefined}
 */
export function elsewhere(name) {
  return HINTS.get(name);
}

const use = (option) => `here it is ${option}`;

const HINTS = new Map(Object.entries({
  'o output output-document O remote-name directory-prefix dir': 'results go to standard output: write `> FILE`, or save each body by --save DIR',
  'i input-file include': 'a list is --from FILE, as in wget -i; the headers of answers are --response-headers, as in curl -i',
  'K config url a arg-file': use('--from FILE, a list of URLs or of requests as JSON'),
  'j jobs P max-procs parallel-max max-concurrent-downloads max-concurrent threads workers connections parallel Z': use('--concurrency N'),
  'x max-connection-per-server max-per-host limit-per-host': use('--concurrency-per-host N'),
  'n max-args': 'each URL is a request of its own',
  'retries tries t max-retries max-tries': use('--retry N, the retries after the first attempt'),
  'retry-wait waitretry retry-delay-max': use('--retry-delay TIME'),
  'retry-max-time': use('--timeout-total TIME'),
  'm max-time read-timeout': use('--timeout TIME, with its unit: 30s'),
  'connect-timeout dns-timeout': use('--timeout-headers TIME: no host tells how far a connection has come'),
  'w wait random-wait': use('--rate N/s, the requests started in any second'),
  'limit-rate max-download-limit max-overall-download-limit': 'requests are limited by --rate and --concurrency, bytes are not',
  'f fail raise-for-status check-status': 'an answer outside 200 to 299 is a failure; --no-throw-http-errors takes it for a result',
  'L location max-redirs max-redirect follow': 'redirects are followed, at most twenty of them',
  's silent no-verbose': use('--quiet'),
  'v verbose debug S show-error': 'each line tells status, attempts and error; --response-headers adds the headers',
  'I head': use('--method HEAD'),
  'G get': 'GET is the default; a query belongs to the URL',
  'request': use('--method NAME'),
  'A user-agent': use("--header 'user-agent: NAME'"),
  'e referer referrer': use("--header 'referer: URL'"),
  'b cookie load-cookies': use("--header 'cookie: NAME=VALUE', or --header @FILE"),
  'headers': use("--header 'NAME: VALUE', once for each, or --header @FILE"),
  'oauth2-bearer token': use('--bearer TOKEN, or --bearer @FILE'),
  'auth http-user http-password basic': use('--user NAME:PASS, or --user @FILE'),
  'data-raw data-binary data-ascii data-urlencode post-data post-file body body-data': use('--data BODY, or --data @FILE'),
  'F form': 'forms are sent by the library: import `fetchAll` and give a FormData as body',
  'k insecure no-check-certificate check-certificate verify': 'certificates are always verified; NODE_EXTRA_CA_CERTS=FILE adds an authority of your own',
  'cacert ca-certificate ca-bundle': use('the environment variable NODE_EXTRA_CA_CERTS=FILE'),
  'proxy all-proxy http-proxy https-proxy': use('the environment variables NODE_USE_ENV_PROXY=1 and HTTPS_PROXY=URL (Node 24 and later)'),
  'compressed': 'compressed answers are asked for and decoded always',
  'C continue continue-at': 'a list is continued by --resume FILE',
  'json-output format': 'results are always lines of JSON',
}).flatMap(([names, hint]) => names.split(' ').map((name) => [name, hint])));
