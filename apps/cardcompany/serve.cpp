// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "apps/signals.h"
#include "base/recurring.h"
#include "cardcompany/service.h"
#include "commands.h"
#include "http/health.h"
#include "http/metrics.h"
#include "http/server.h"
#include "storage/file.h"
#include "storage/passphrase.h"
#include "x509/status_staple.h"

namespace countersign::app {
namespace {

constexpr std::size_t kLargestPem = 64 << 10;
constexpr std::chrono::seconds kStaplePause{5};

Result<x509::Signer> load_identity(const CardCompanyConfig& config) {
  TRY(const auto passphrase, storage::read_passphrase(config.passphrase_file));
  TRY(const auto key_pem, storage::read_file(config.key(), kLargestPem));
  TRY(auto key, crypto::decrypt_private_key(as_text(key_pem), passphrase));
  TRY(const auto chain_pem, storage::read_file(config.certificate, kLargestPem));
  TRY(auto chain, x509::certificates_from_pem(as_text(chain_pem)));
  if (chain.size() != 2 || !(chain[0].public_key() == key.public_key()))
    return fail(ErrorCode::kMalformed,
                config.certificate.string() + ": expected the certificate of this company's key, and its CA");
  return x509::Signer{chain[0], std::move(key), {chain[1]}};
}

Result<std::shared_ptr<const x509::TrustAnchor>> load_anchor(const CardCompanyConfig& config,
                                                             const x509::Signer& identity, TimePoint now) {
  TRY(const auto pem, storage::read_file(config.root, kLargestPem));
  TRY(auto root, x509::Certificate::from_pem(as_text(pem)));
  TRY(auto anchor, x509::TrustAnchor::create(std::move(root), identity.chain, now));
  TRY(x509::verify_path(identity.certificate, anchor, x509::Role::kCardCompany, now));
  return std::make_shared<const x509::TrustAnchor>(std::move(anchor));
}

}  // namespace

Result<void> serve(const CardCompanyConfig& config) {
  const sigset_t signals = hold_signals();
  const SystemClock clock;
  TRY(auto identity, load_identity(config));
  TRY(const auto anchor, load_anchor(config, identity, clock.now()));
  TRY(const auto books, open_books(config));
  TRY(const auto status, cardcompany::MerchantStatus::open(config.status_url, anchor, clock));
  cardcompany::AuthorizationDesk desk(*books.database, *books.accounts, clock);
  x509::StatusStaple staple(
      anchor, [&](BytesView request) { return status->ask(request); }, clock);
  const auto refresh = [&, own = identity.certificate] { return staple.refresh(own); };
  // Without a status to staple merchants turn away; it is tried again.
  if (const auto refreshed = refresh(); !refreshed) log_error("own_status", refreshed.error());
  const Recurring refreshing("own_status", kStaplePause, refresh);
  http::Metrics metrics;

  http::Router router;
  cardcompany::add_service_routes(router, desk, *status);
  const auto ready = [&]() -> Result<void> {
    if (!staple.is_good()) return fail(ErrorCode::kUnavailable, "no good status of the own certificate");
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
  options.tls = http::TlsListener{
      std::move(identity), [&] { return staple.current(); }, anchor, {x509::Role::kMerchant}, nullptr};
  TRY(const auto server, http::Server::start(std::move(options), std::move(router)));
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
