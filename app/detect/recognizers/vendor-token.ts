import { entropy, isPlaceholder } from '../randomness.ts';
import { patterns, proven, type Recognizer } from '../recognizer.ts';

/** Prefix and body of the tokens of services, as their documentation gives them. */
const shapes = [
  'gh[pousr]_[A-Za-z0-9]{36,251}', // GitHub
  'github_pat_[A-Za-z0-9_]{36,251}',
  'gl(?:pat|dt|rt|rtr|ft|soat|oas|cbt|imt|agent|ptt|wt)-[\\w-]{20,300}', // GitLab
  '(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}', // AWS access key
  'AKIA[A-Z0-9]{16}',
  'AIza[\\w-]{35}', // Google API key
  'GOCSPX-[\\w-]{28}', // Google OAuth client secret
  'ya29\\.[\\w-]{20,512}', // Google OAuth access token
  'xox[abeoprs]-[A-Za-z0-9-]{10,250}', // Slack
  'xapp-\\d-[A-Za-z0-9-]{10,250}',
  'https://hooks\\.slack\\.com/(?:services|workflows)/[A-Za-z0-9/]{20,128}',
  '(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,247}', // Stripe
  'whsec_[A-Za-z0-9+/=]{24,64}',
  'sk-(?:proj-|svcacct-|ant-[a-z0-9]{1,16}-|or-v1-)?[\\w-]{20,200}', // OpenAI, Anthropic, OpenRouter
  'hf_[A-Za-z0-9]{30,64}', // Hugging Face
  'gsk_[A-Za-z0-9]{40,64}', // Groq
  'npm_[A-Za-z0-9]{36}', // npm
  'pypi-AgE[\\w-]{50,1000}', // PyPI
  'dckr_(?:pat|oat)_[\\w-]{20,64}', // Docker Hub
  'SG\\.[\\w-]{16,32}\\.[\\w-]{32,64}', // SendGrid
  'key-[0-9a-f]{32}', // Mailgun
  '(?:SK|AC)[0-9a-f]{32}', // Twilio
  'do[opr]_v1_[0-9a-f]{64}', // DigitalOcean
  'shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}', // Shopify
  'dapi[0-9a-f]{32}(?:-\\d)?', // Databricks
  'hv[sbr]\\.[\\w-]{24,300}', // HashiCorp Vault
  'ATATT3[\\w=-]{60,300}', // Atlassian
  'lin_api_[A-Za-z0-9]{40}', // Linear
  'ntn_[A-Za-z0-9]{40,64}', // Notion
  'PMAK-[0-9a-f]{24}-[0-9a-f]{34}', // Postman
  'NRAK-[A-Z0-9]{27}', // New Relic
  'glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}', // Grafana
  'sntrys_[A-Za-z0-9+/=_]{40,300}', // Sentry
  'cio[A-Za-z0-9]{32}', // crates.io
  'rubygems_[0-9a-f]{48}', // RubyGems
  'oy2[a-z0-9]{43}', // NuGet
  'CLOJARS_[a-z0-9]{60}', // Clojars
  'dp\\.(?:pt|st|ct|sa|scim|audit)\\.(?:[a-z0-9_-]{2,35}\\.)?[A-Za-z0-9]{40,44}', // Doppler
  'pscale_(?:tkn|pw|oauth)_[\\w.=-]{31,63}[\\w=-]', // PlanetScale
  'sbp_[0-9a-f]{40}', // Supabase
  'pul-[0-9a-f]{40}', // Pulumi
  '[A-Za-z0-9]{14}\\.atlasv1\\.[\\w-]{60,70}', // Terraform Cloud
  'figd_[\\w-]{38,64}', // Figma
  'pat[A-Za-z0-9]{14}\\.[0-9a-f]{64}', // Airtable
  'sq0(?:atp|csp|idp)-[\\w-]{22,43}', // Square
  'EAA[AMC][A-Za-z0-9]{40,300}', // Square, Facebook
  'r8_[A-Za-z0-9]{37}', // Replicate
  'xai-[A-Za-z0-9]{60,100}', // xAI
  'pplx-[A-Za-z0-9]{40,64}', // Perplexity
  'lsv2_(?:pt|sk)_[0-9a-f]{32}_[0-9a-f]{10}', // LangSmith
  'tskey-[a-z]{2,12}-[A-Za-z0-9]{8,32}-[A-Za-z0-9]{20,64}', // Tailscale
  'nfp_[A-Za-z0-9]{36,40}', // Netlify
  'ph[cx]_[A-Za-z0-9]{40,48}', // PostHog
  'sgp_(?:[0-9a-f]{16}_)?[0-9a-f]{40}', // Sourcegraph
  'dt0[a-z]\\d\\d\\.[A-Z0-9]{24}\\.[A-Z0-9]{64}', // Dynatrace
  'EZ[AT]K[A-Za-z0-9]{54}', // EasyPost
  'LTAI[A-Za-z0-9]{17,21}', // Alibaba Cloud
  'AKID[A-Za-z0-9]{32}', // Tencent Cloud
  'A3-[A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}', // 1Password
  'ops_eyJ[\\w-]{80,2000}',
  '\\d{8,10}:AA[\\w-]{33}', // Telegram bot
  '[MN][A-Za-z\\d]{23,27}\\.[\\w-]{6}\\.[\\w-]{27,40}', // Discord bot
];
/** A body below this many bits a character repeats itself too much to be generated. */
const leastEntropy = 3;
/** Words with hyphens between them have no digit and no capitals inside. */
const generated = /\d|[A-Z][^-]{0,64}[A-Z]/;

export const vendorToken: Recognizer = {
  kind: 'token',
  context: ['key', 'token', 'secret', 'credential', 'auth', 'bearer', 'api'],
  find: patterns({
    regex: new RegExp(`(?<![A-Za-z0-9])(?:${shapes.join('|')})(?![A-Za-z0-9])`, 'g'),
    score: 0.3,
    judge(value) {
      if (isPlaceholder(value)) return { verdict: 'plausible', placeholder: true, score: 0.8 };
      const body = value.slice(4);
      return generated.test(body) && entropy(body) >= leastEntropy ? proven : { verdict: 'plausible' };
    },
  }),
  canonical: (value) => value,
  // Written in two halves, so that scanners of repositories do not take the examples for leaked tokens.
  marked: [
    'export GITHUB_TOKEN=«ghp_' + 'x7Qm2ZkT9wLr4VbN8cJd1HsY6gPf3EaU5oRi»',
    'id «AKIA' + 'Z7QW2MKT5XLR4VBN», region eu-west-1',
    'key=«AIza' + 'SyD-9tSrke72PouQMnMX-a7eZSW0jkFMBWY»',
    '«xoxb-' + '263594206564-2343594206574-FGqddMF8t08v8N7Oq4i57vs1»',
    'curl -u «sk_live' + '_4eC39HqLyjWDarjtT1zdp7dc»:',
    'client = OpenAI("«sk-proj-' + 'Zk3vT9qLw2XbR7mN4pYdH8sJ»")',
    '«sk-' + 'abcdefghijklmnopqrstuvwxyz123456» looks made up, and is marked',
    '//registry/:_authToken=«npm_' + 'x7Qm2ZkT9wLr4VbN8cJd1HsY6gPf3EaU5oRi»',
    'export PLANETSCALE=«pscale_tkn' + '_x7Qm2ZkT9wLr4VbN8cJd1HsY6gPf3EaU5oRi»',
    'FIGMA=«figd' + '_x7Qm2ZkT9wLr4VbN8cJd1HsY6gPf3EaU5oRi0tKw»',
    'the bot «7281934650:AA' + 'Hk3vT9qLw2XbR7mN4pYdH8sJc1Ff6Gg0z»',
  ],
  clear: [
    'AKIA' + 'IOSFODNN7EXAMPLE',
    'ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx',
    'sk-your-key-goes-right-here-please',
    'a desk-side-table-with-four-legs-and-a-top',
    'the sk-learn-extra-modules-are-installed',
  ],
};
