// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/signals.h"
#include "base/recurring.h"
#include "cardcompany/authority_client.h"
#include "cardcompany/service.h"
#include "cardcompany/split/split_service.h"
#include "cardcompany/trusting_listener.h"
#include "commands.h"
#include "http/health.h"
#include "http/metrics.h"
#include "identity.h"
#include "network/map_refresh.h"
#include "storage/file.h"
#include "x509/status_staple.h"

namespace countersign::app {
namespace {

constexpr std::chrono::seconds kStaplePause{5};
constexpr std::chrono::seconds kMapPause{1};

Result<void> free_expired(cardcompany::AuthorizationDesk& desk) {
  TRY(const int freed, desk.free_expired());
  if (freed > 0) log_event(LogLevel::kInfo, "holds_freed", {{"count", std::to_string(freed)}});
  return ok();
}

Result<std::shared_ptr<network::AnchorSource>> find_trust(const CardCompanyConfig& config,
                                                          const CompanyIdentity& identity,
                                                          const Clock& clock) {
  TRY(auto data_centre, x509::permitted_subtree(identity.signer.chain.front()));
  TRY(auto kept, network::KeptMap::open(config.folder / "network-map.json", identity.anchor->root(), clock,
                                        network::KeptMap::Spoilt::kSetAside));
  return std::make_shared<network::AnchorSource>(
      network::OwnDataCentre{identity.anchor, std::move(data_centre), config.status_url}, std::move(kept));
}

// The map as metrics tell it.
struct MapGauges {
  explicit MapGauges(http::Metrics& metrics)
      : version(metrics.gauge("countersign_network_map_version",
                              "Version of the network map that is kept; 0: none.")),
        seconds_left(metrics.gauge("countersign_network_map_seconds_left",
                                   "Until the network map is over; negative from then on.")) {}
  void set(const network::MapMeasures& measures) {
    version.set(measures.version);
    seconds_left.set(measures.seconds_left);
  }
  http::Gauge& version;
  http::Gauge& seconds_left;
};

}  // namespace

Result<void> serve(const CardCompanyConfig& config) {
  const sigset_t signals = hold_signals();
  const SystemClock clock;
  TRY(auto identity, load_identity(config, clock.now()));
  TRY(const auto trust, find_trust(config, identity, clock));
  network::MapRefresh map(
      *trust, [&] { return cardcompany::fetch_network_map(config.service_url, *trust); }, clock);
  const auto refresh_map = [&]() -> Result<void> {
    if (config.service_url.empty()) return ok();
    return map.tick();
  };
  if (const auto refreshed = refresh_map(); !refreshed) log_error("network_map", refreshed.error());
  TRY(const auto books, open_books(config));
  cardcompany::PartyStatus status(trust, clock, http::StatusLimits::for_workers(config.worker_threads));
  cardcompany::AuthorizationDesk& desk = *books.desk;
  const auto ask = [&](BytesView request) { return status.ask_own(request); };
  const auto trusted = [&] { return trust->current(); };
  x509::StatusStaple staple(trusted, ask, clock), agreement_staple(trusted, ask, clock);
  const auto refresh = [&, own = identity.signer.certificate] { return staple.refresh(own); };
  const auto refresh_agreement = [&, own = identity.agreement.certificate] {
    return agreement_staple.refresh(own);
  };
  // Without a status to staple merchants turn away, and without both none is paid by a split payment; they
  // are tried for again.
  if (const auto refreshed = refresh(); !refreshed) log_error("own_status", refreshed.error());
  if (const auto refreshed = refresh_agreement(); !refreshed)
    log_error("agreement_status", refreshed.error());
  const Recurring refreshing("own_status", kStaplePause, refresh);
  const Recurring refreshing_agreement("agreement_status", kStaplePause, refresh_agreement);
  const Recurring freeing("holds_freed", config.sweep, [&] { return free_expired(desk); });
  http::Metrics metrics;

  http::Router router;
  cardcompany::add_service_routes(router, desk, status);
  TRY(auto signer, x509::CmsSigner::create(identity.signer));
  const cardcompany::PublishedCertificates certificates({identity.signer.certificate, staple},
                                                        {identity.agreement.certificate, agreement_staple});
  const cardcompany::SplitDesk split({*books.database, desk, status, clock},
                                     {std::move(signer), identity.agreement, trust});
  cardcompany::add_split_routes(router, split, status, certificates);
  const auto ready = [&]() -> Result<void> {
    TRY(certificates.current());
    return books.database->read([](storage::Reader& reader) -> Result<void> {
      TRY(reader.query_one("SELECT 1", {}));
      return ok();
    });
  };
  http::add_health_routes(router, ready, metrics);
  http::ServerOptions options;
  options.address = config.address;
  options.port = config.port;
  options.worker_threads = config.worker_threads;
  options.observe = http::request_observer(metrics);
  options.tls = http::TlsListener{std::move(identity.signer),
                                  [&] { return staple.current(); },
                                  nullptr,
                                  {x509::Role::kMerchant},
                                  nullptr};
  TRY(const auto server, cardcompany::TrustingListener::start(std::move(options), std::move(router), trust));
  MapGauges gauges(metrics);
  const Recurring following("network_map", kMapPause, [&]() -> Result<void> {
    auto refreshed = refresh_map();
    gauges.set(network::measure_map(*trust, clock.now()));
    TRY(server->follow());
    return refreshed;
  });
  const std::string listening = fmt::format(R"({{"service":{}}})", server->port());
  TRY(storage::write_file(config.folder / "ports.json", as_bytes(listening), storage::FileMode::kPublic));
  log_event(LogLevel::kInfo, "listening",
            {{"address", config.address}, {"port", std::to_string(server->port())}});
  int signal = 0;
  sigwait(&signals, &signal);
  log_event(LogLevel::kInfo, "stopping");
  return ok();
}

}  // namespace countersign::app
