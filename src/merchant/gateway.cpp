// SPDX-License-Identifier: Apache-2.0
#include "merchant/gateway.h"

#include <algorithm>

#include "base/log.h"
#include "base/recurring.h"
#include "http/health.h"
#include "merchant/confirmation_desk.h"
#include "merchant/page_routes.h"
#include "merchant/registration_erasure.h"
#include "merchant/relay_desk.h"
#include "merchant/shop_api.h"
#include "merchant/wallet_api.h"
#include "x509/issue.h"

namespace countersign::merchant {

namespace {

constexpr std::chrono::hours kRetentionPause{1};

}  // namespace

// Members in the order of their making: what serves and works comes last and goes first.
struct Gateway::Parts {
  Parts(GatewayContext surroundings, const AuthorityPorts& authority, const crypto::SecretBytes& token_secret,
        GatewayOptions options)
      : context{surroundings.database,
                surroundings.clock,
                surroundings.network,
                surroundings.identity,
                &watch,
                &relays},
        ports(authority),
        tokens(token_secret),
        staple([this] { return context.network.anchor(); },
               [this](BytesView request) { return ports.status.ocsp(request); }, context.clock),
        applicant(options.folder, std::move(options.applicant), context.identity, authority.certificates,
                  context.network, context.clock),
        checkouts(context, tokens, authority.status, std::move(options.shop)),
        confirmations(context, authority.confirmations),
        receipts(context, authority.confirmations),
        payments(context, authority.payments),
        companies(context, authority.companies),
        split(context, companies),
        captures(context, authority.confirmations, companies),
        refunds(context, companies),
        sessions(context),
        sealing(std::move(options.sealing)),
        dialogues(context,
                  {checkouts, confirmations, payments, sessions, authority.status,
                   sealing ? &*sealing : nullptr, &split},
                  std::move(options.dialogue)),
        relays(tokens, checkouts),
        registrations(context, authority.enrolments),
        pages(context, tokens, registrations,
              {options.registrations_per_hour,
               options.demo_shop ? FrontPage::kShop : FrontPage::kRegistration}),
        shop_api(context, checkouts, refunds, registrations, receipts),
        wallet_api(tokens, checkouts, confirmations, dialogues, receipts),
        keeper(context.identity, applicant, staple, options.application,
               [this](const x509::Signer& signer) { return use_certificate(signer); }),
        more_routes(std::move(options.more_routes)) {
    if (options.more_metrics) options.more_metrics(metrics);
    if (options.fetch_map)
      map_refresh.emplace(*context.network.trust, std::move(options.fetch_map), context.clock);
    if (options.demo_shop) shop.emplace(context, tokens, checkouts, std::move(*options.demo_shop));
    if (options.webhook_target)
      webhooks.emplace(context.database, context.clock, std::move(options.webhook_target),
                       std::move(options.webhook_secret));
  }

  http::Router routes();
  http::TlsListener tls_with(x509::Signer signer);
  Result<void> start_server(http::ServerOptions listener);
  struct Work {
    std::chrono::milliseconds pace;
    Seconds retention;  // of registrations
    bool takes_split;   // whether wallets need the card companies' certificates
    std::vector<GatewayWork> more;
  };
  void start_work(const Work& asked);
  void warn_of_missing_companies();
  Result<void> use_certificate(const x509::Signer& signer);
  Result<void> is_ready();
  Result<void> measure();

  // All who want to hear what becomes of checkouts.
  struct Watch final : CheckoutWatch {
    explicit Watch(Parts& all) : parts(all) {}
    void changed(std::string_view checkout, CheckoutState state) override {
      parts.sessions.changed(checkout, state);
      parts.relays.changed(checkout, state);
    }
    Parts& parts;
  };

  Watch watch{*this};
  const GatewayContext context;
  const AuthorityPorts ports;
  const Tokens tokens;
  http::Metrics metrics;
  http::Gauge& pending_confirmations =
      metrics.gauge("countersign_pending_confirmations", "Countersigned orders without a final answer.");
  http::Gauge& waiting_captures =
      metrics.gauge("countersign_waiting_captures", "Confirmed split payments that are not captured yet.");
  http::Gauge& failed_captures =
      metrics.gauge("countersign_failed_captures", "Confirmed split payments that the card company refused.");
  http::Gauge& waiting_webhooks =
      metrics.gauge("countersign_waiting_webhooks", "Events that the shop has not taken.");
  http::Gauge& map_version =
      metrics.gauge("countersign_network_map_version", "Version of the network map that is kept; 0: none.");
  http::Gauge& map_seconds_left = metrics.gauge("countersign_network_map_seconds_left",
                                                "Until the network map is over; negative from then on.");
  x509::StatusStaple staple;
  Applicant applicant;
  CheckoutDesk checkouts;
  ConfirmationDesk confirmations;
  ReceiptDesk receipts;
  PaymentDesk payments;
  CardCompanies companies;
  SplitDesk split;
  CaptureDesk captures;
  RefundDesk refunds;
  SessionKeeper sessions;
  const std::optional<SealingKey> sealing;
  DialogueDesk dialogues;
  RelayDesk relays;
  RegistrationDesk registrations;
  PageRoutes pages;
  std::optional<ShopRoutes> shop;
  ShopApi shop_api;
  WalletApi wallet_api;
  CertificateKeeper keeper;
  std::optional<network::MapRefresh> map_refresh;
  std::optional<WebhookSender> webhooks;
  const std::function<void(http::Router&)> more_routes;
  std::unique_ptr<http::Server> server;
  std::vector<std::unique_ptr<Recurring>> work;
};

http::Router Gateway::Parts::routes() {
  http::Router router;
  pages.add_to(router);
  shop_api.add_to(router);
  if (shop) shop->add_to(router);
  wallet_api.add_to(router);
  relays.add_to(router);
  if (more_routes) more_routes(router);
  router.add_blocking("GET", "/.well-known/countersign/{token}", [this](const http::Request& request) {
    const auto authorization = applicant.answer_challenge(request.parameter("token"));
    if (!authorization) return http::problem_response({ErrorCode::kNotFound, "no such challenge"});
    return http::text_response(200, *authorization);
  });
  http::add_health_routes(
      router, [this] { return is_ready(); }, metrics);
  return router;
}

http::TlsListener Gateway::Parts::tls_with(x509::Signer signer) {
  return {std::move(signer), [this] { return staple.current(); }, nullptr, {}, nullptr};
}

Result<void> Gateway::Parts::start_server(http::ServerOptions listener) {
  auto signer = context.identity.signer();
  if (!signer) {
    // Nobody but the authority's challenge has business here before the certificate is issued.
    TRY(const auto name, x509::Name::from_text("CN=Gateway without certificate"));
    TRY(auto own, x509::create_self_signed(name, context.identity.key(), context.clock.now()));
    signer = x509::Signer{std::move(own), context.identity.key(), {}};
  }
  listener.tls = tls_with(std::move(*signer));
  listener.observe = http::request_observer(metrics);
  listener.observe_refusal = http::refusal_observer(metrics);
  TRY(server, http::Server::start(std::move(listener), routes()));
  relays.serve_with([this](int descriptor, std::string remote_address) {
    // As long as the holder may think about it.
    server->adopt(descriptor, std::move(remote_address), checkouts.lifetime());
  });
  return ok();
}

Result<void> Gateway::Parts::use_certificate(const x509::Signer& signer) {
  TRY(ports.identify(signer));
  log_event(LogLevel::kInfo, "certificate_in_use", {{"serial", signer.certificate.serial().hex()}});
  return server->replace_tls(tls_with(signer));
}

Result<void> Gateway::Parts::is_ready() {
  TRY(context.identity.require_signer());
  if (!staple.is_good()) return fail(ErrorCode::kUnavailable, "no good status of the own certificate");
  return context.database.read([](storage::Reader& reader) -> Result<void> {
    TRY(reader.query("SELECT id FROM api_keys LIMIT 1", {}));
    return ok();
  });
}

Result<void> Gateway::Parts::measure() {
  return context.database.read([this](storage::Reader& reader) -> Result<void> {
    TRY(const auto pending, count_pending_confirmations(reader));
    TRY(const auto uncaptured, count_captures(reader));
    TRY(const auto waiting, count_waiting_webhooks(reader));
    pending_confirmations.set(pending);
    waiting_captures.set(uncaptured.waiting);
    failed_captures.set(uncaptured.failed);
    waiting_webhooks.set(waiting);
    const auto map = network::measure_map(*context.network.trust, context.clock.now());
    map_version.set(map.version);
    map_seconds_left.set(map.seconds_left);
    return ok();
  });
}

// What is not settled with a company that the configuration names no longer, nobody goes on with.
void Gateway::Parts::warn_of_missing_companies() {
  const auto missing = companies_missing_in(context.database, companies);
  if (!missing) return log_error("companies_missing", missing.error());
  for (const auto& company : missing.value())
    log_event(LogLevel::kWarning, "company_not_configured", {{"company", company}});
}

void Gateway::Parts::start_work(const Work& asked) {
  const auto pace = asked.pace;
  if (map_refresh)
    work.push_back(std::make_unique<Recurring>("network_map", pace, [this] { return map_refresh->tick(); }));
  work.push_back(std::make_unique<Recurring>("certificate", pace, [this] { return keeper.tick(); }));
  work.push_back(std::make_unique<Recurring>("checkouts", pace, [this]() -> Result<void> {
    TRY(checkouts.expire_overdue());
    TRY(confirmations.resume_pending());
    return measure();
  }));
  work.push_back(std::make_unique<Recurring>(
      "retention", kRetentionPause, [this, retention = asked.retention]() -> Result<void> {
        const auto now = context.clock.now();
        TRY(const int erased, erase_registrations_before(context.database, now - retention, now));
        if (erased > 0)
          log_event(LogLevel::kInfo, "registrations_erased", {{"number", std::to_string(erased)}});
        return ok();
      }));
  work.push_back(std::make_unique<Recurring>("payments", pace, [this]() -> Result<void> {
    TRY(payments.release_unused());
    TRY(split.release_unused());
    return ok();
  }));
  // Captures and refunds of earlier orders need no certificates.
  if (asked.takes_split)
    work.push_back(std::make_unique<Recurring>("companies", pace, [this]() -> Result<void> {
      if (context.identity.signer()) companies.refresh();  // they answer whom they know
      return ok();
    }));
  work.push_back(std::make_unique<Recurring>("captures", pace, [this]() -> Result<void> {
    TRY(captures.capture_due());
    return ok();
  }));
  work.push_back(std::make_unique<Recurring>("receipts", pace, [this]() -> Result<void> {
    if (context.identity.signer()) {
      TRY(receipts.ask_for_due());
    }
    return ok();
  }));
  work.push_back(std::make_unique<Recurring>("refunds", pace, [this]() -> Result<void> {
    TRY(refunds.resume_asked());
    return ok();
  }));
  for (const auto& [name, task] : asked.more) work.push_back(std::make_unique<Recurring>(name, pace, task));
  if (!webhooks) return;
  work.push_back(std::make_unique<Recurring>("webhooks", pace, [this]() -> Result<void> {
    TRY(webhooks->deliver_due());
    return ok();
  }));
}

Gateway::Gateway(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Gateway::~Gateway() {
  parts_->work.clear();
  parts_->relays.stop();
  parts_->server.reset();
}

Result<std::unique_ptr<Gateway>> Gateway::start(GatewayContext context, const AuthorityPorts& authority,
                                                const crypto::SecretBytes& token_secret,
                                                GatewayOptions options) {
  if (options.demo_shop) {
    TRY(ShopOrders::migrate(context.database));
  }
  auto listener = options.listener;
  const Parts::Work work{
      options.pace, options.registration_retention,
      std::ranges::find(options.shop.profiles, documents::OrderProfile::kSet) != options.shop.profiles.end(),
      options.more_work};
  auto parts = std::make_unique<Parts>(context, authority, token_secret, std::move(options));
  if (const auto signer = context.identity.signer()) {
    TRY(authority.identify(*signer));
    // Without a status to staple wallets are turned away; the keeper goes on trying.
    if (const auto refreshed = parts->staple.refresh(signer->certificate); !refreshed)
      log_error("own_status", refreshed.error());
  }
  // Those of other data centres can come with the first connection; a map that was kept serves until it is
  // fetched.
  if (parts->map_refresh) {
    if (const auto refreshed = parts->map_refresh->tick(); !refreshed)
      log_error("network_map", refreshed.error());
  }
  TRY(parts->start_server(std::move(listener)));
  parts->warn_of_missing_companies();
  parts->start_work(work);
  return std::unique_ptr<Gateway>(new Gateway(std::move(parts)));
}

unsigned short Gateway::port() const {
  return parts_->server->port();
}

}  // namespace countersign::merchant
