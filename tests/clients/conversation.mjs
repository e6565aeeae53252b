// node conversation.mjs '{"url", "ws", "coins": {...}, "users": {...}, "seconds"}'
// Speaks with an exchange through @nktkas/hyperliquid and prints one JSON line for each method called:
// {"transport", "method", "calls", "events"?, "complaints": [...]}.
import { HttpTransport, InfoClient, SubscriptionClient, WebSocketTransport } from "@nktkas/hyperliquid";
import WebSocket from "ws";
import { complaint, validators } from "./types.mjs";

const { url, ws, coins, users, hash, oid, vault, start, seconds } = JSON.parse(process.argv[2]);
const everyone = Object.values(users).map((user) => ({ user }));
const since = everyone.map((who) => ({ ...who, startTime: start }));
const anyCoin = [coins.perp, coins.builder, coins.spot, coins.delisted];

const INFO = {
  allMids: [{}, { dex: coins.dex }],
  allPerpMetas: [undefined],
  exchangeStatus: [undefined],
  meta: [{}, { dex: coins.dex }],
  metaAndAssetCtxs: [{}, { dex: coins.dex }],
  outcomeMeta: [undefined],
  perpAnnotation: [{ coin: coins.builder }],
  perpCategories: [undefined],
  perpConciseAnnotations: [undefined],
  perpDexLimits: [{ dex: coins.dex }],
  perpDexStatus: [{ dex: coins.dex }, { dex: "" }],
  perpDexs: [undefined],
  perpsAtOpenInterestCap: [{}, { dex: coins.dex }],
  predictedFundings: [undefined],
  spotMeta: [undefined],
  spotMetaAndAssetCtxs: [undefined],
  tokenDetails: [{ tokenId: hash }],
  vaultDetails: [{ vaultAddress: vault }, { vaultAddress: vault, user: users.trader }],
  vaultSummaries: [undefined],
  l2Book: [...anyCoin.map((coin) => ({ coin })), { coin: coins.perp, nSigFigs: 5, mantissa: 2 }, { coin: "NONE" }],
  recentTrades: anyCoin.map((coin) => ({ coin })),
  candleSnapshot: anyCoin.flatMap((coin) => ["1m", "1h", "1M"].map((interval) => ({ coin, interval, startTime: start }))),
  fundingHistory: [{ coin: coins.perp, startTime: start }, { coin: coins.builder, startTime: start }],
  activeAssetData: everyone.map((who) => ({ ...who, coin: coins.perp })),
  clearinghouseState: [...everyone, ...everyone.map((who) => ({ ...who, dex: coins.dex }))],
  delegations: everyone,
  delegatorHistory: everyone,
  delegatorRewards: everyone,
  delegatorSummary: everyone,
  extraAgents: everyone,
  frontendOpenOrders: everyone,
  historicalOrders: everyone,
  maxBuilderFee: everyone.map((who) => ({ ...who, builder: vault })),
  openOrders: everyone,
  orderStatus: everyone.map((who) => ({ ...who, oid })),
  portfolio: everyone,
  referral: everyone,
  spotClearinghouseState: everyone,
  subAccounts: everyone,
  subAccounts2: everyone,
  twapHistory: everyone,
  userAbstraction: everyone,
  userFees: everyone,
  userFills: [...everyone, ...everyone.map((who) => ({ ...who, aggregateByTime: true }))],
  userFillsByTime: since,
  userFunding: since,
  userNonFundingLedgerUpdates: since,
  userRateLimit: everyone,
  userRole: everyone,
  userTwapSliceFills: everyone,
  userTwapSliceFillsByTime: since,
  userVaultEquities: everyone,
};

const EVENTS = {
  activeAssetCtx: [{ coin: coins.perp }, { coin: coins.builder }, { coin: coins.delisted }],
  activeAssetData: everyone.slice(0, 9).map((who) => ({ ...who, coin: coins.perp })),
  activeSpotAssetCtx: [{ coin: coins.spot }],
  allDexsAssetCtxs: [undefined],
  allDexsClearinghouseState: everyone.slice(0, 9),
  allMids: [{}, { dex: coins.dex }],
  assetCtxs: [{}, { dex: coins.dex }],
  bbo: anyCoin.map((coin) => ({ coin })),
  candle: [{ coin: coins.perp, interval: "1m" }, { coin: coins.spot, interval: "1d" }],
  clearinghouseState: everyone.slice(0, 9),
  l2Book: [{ coin: coins.perp }, { coin: coins.spot, nSigFigs: 5, mantissa: 5 }, { coin: coins.builder }],
  notification: everyone.slice(0, 9),
  openOrders: everyone.slice(0, 9),
  orderUpdates: everyone.slice(0, 9),
  spotAssetCtxs: [undefined],
  spotState: everyone.slice(0, 9),
  trades: anyCoin.map((coin) => ({ coin })),
  twapStates: everyone.slice(0, 9),
  userEvents: everyone.slice(0, 9),
  userFills: everyone.slice(0, 9),
  userFundings: everyone.slice(0, 9),
  userHistoricalOrders: everyone.slice(0, 9),
  userNonFundingLedgerUpdates: everyone.slice(0, 9),
  userTwapHistory: everyone.slice(0, 9),
  userTwapSliceFills: everyone.slice(0, 9),
  webData3: everyone.slice(0, 9),
};

const checks = validators(Object.keys(INFO), Object.keys(EVENTS));
const say = (line) => console.log(JSON.stringify(line));

async function ask(transport, name) {
  const client = new InfoClient({ transport });
  for (const [method, calls] of Object.entries(INFO)) {
    const complaints = [];
    for (const params of calls) {
      try {
        const wrong = complaint(checks.info[method], await client[method](...(params ? [params] : [])));
        if (wrong) complaints.push(`${JSON.stringify(params)}: ${wrong}`);
      } catch (error) {
        complaints.push(`${JSON.stringify(params)}: ${error}`);
      }
    }
    say({ transport: name, method, calls: calls.length, complaints });
  }
}

async function listen(transport) {
  const client = new SubscriptionClient({ transport });
  const heard = {};
  const subscriptions = [];
  for (const [method, calls] of Object.entries(EVENTS)) {
    heard[method] = { events: 0, complaints: new Set() };
    for (const params of calls) {
      const listener = (event) => {
        heard[method].events += 1;
        const wrong = complaint(checks.event[method], event);
        if (wrong) heard[method].complaints.add(`${JSON.stringify(params)}: ${wrong}`);
      };
      try {
        subscriptions.push(await client[method](...(params ? [params] : []), listener));
      } catch (error) {
        heard[method].complaints.add(`${JSON.stringify(params)}: ${error}`);
      }
    }
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  for (const subscription of subscriptions) await subscription.unsubscribe();
  for (const [method, { events, complaints }] of Object.entries(heard)) {
    say({ transport: "subscription", method, calls: EVENTS[method].length, events, complaints: [...complaints] });
  }
}

async function refused(transport) {
  const client = new SubscriptionClient({ transport });
  const error = await client.webData2({ user: users.trader }, () => {}).then(() => null, String);
  say({ transport: "subscription", method: "webData2", calls: 1, refusal: error, complaints: [] });
}

globalThis.WebSocket ??= WebSocket; // Node.js before 22 has none
const socket = new WebSocketTransport({ url: ws });
await socket.ready();
await ask(new HttpTransport({ apiUrl: url }), "http");
await ask(socket, "websocket");
await listen(socket);
await refused(socket);
await socket.close();
