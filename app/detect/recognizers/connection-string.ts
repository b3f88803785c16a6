import { isSample } from '../randomness.ts';
import { patterns, type Recognizer } from '../recognizer.ts';

/** Database and broker addresses with user and password. */
export const connectionString: Recognizer = {
  kind: 'secret',
  context: [],
  find: patterns({
    regex:
      /(?<![a-z0-9+.-])(?:jdbc:)?(?:postgres(?:ql)?|mysql|mariadb|mssql|sqlserver|oracle|mongodb(?:\+srv)?|rediss?|amqps?|mqtts?|nats|kafka|ldaps?|smtps?|cockroachdb|clickhouse)(?:\+[a-z0-9]{2,16})?:\/\/[^\s/?#@:"'<>]{0,128}:[^\s/?#"'<>]{1,256}@[^\s"'<>`;]{1,512}/gi,
    score: 0.95,
    judge(value) {
      const own = value.replace(/[.,)\]}]{1,8}$/, '');
      const password = own.slice(own.indexOf(':', own.indexOf('//') + 2) + 1, own.lastIndexOf('@'));
      return {
        verdict: 'plausible',
        length: own.length,
        placeholder: isSample(password),
      };
    },
  }),
  marked: [
    'DATABASE_URL=«postgres://app:9fK2lqZ8@db.lima.dev:5432/orders»',
    '"«mongodb+srv://ana:p%40ss@cluster0.lima.net/?retryWrites=true»"',
    'broker «redis://:9fK2lqZ8@cache:6379/0».',
  ],
  clear: [
    'postgres://db.lima.dev/orders',
    'postgres://app:${DB_PASSWORD}@db/orders',
    'mysql://app:<password>@db/orders',
    'redis://user:pass@localhost:6379',
  ],
};
