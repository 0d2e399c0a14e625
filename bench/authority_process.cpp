// SPDX-License-Identifier: Apache-2.0
#include "bench/authority_process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

#include "authority/confirmation/confirmation_service.h"
#include "authority/status/status_routes.h"
#include "crypto/random.h"
#include "http/server.h"

namespace countersign::bench {
namespace {

using authority::name_of;
using authority::take;

TimePoint system_now() {
  return SystemClock().now();
}

x509::Signer issue(const authority::TestNetwork& network, x509::Role role, std::string_view name,
                   x509::AlternativeNames names = {}) {
  const std::string subject = "CN=" + std::string(name) + ",OU=authority," + network.data_centre.text();
  return network.issue(role, name_of(subject), system_now(), std::move(names));
}

}  // namespace

Parties::Parties(int merchant_count, int purchaser_count)
    : network(system_now()),
      server(issue(network, x509::Role::kAuthorityServer, "Authority Server", {{}, {"127.0.0.1"}, {}})),
      confirmation_signer(issue(network, x509::Role::kConfirmationSigner, "Confirmation Signer")),
      ocsp_responder(issue(network, x509::Role::kOcspResponder, "OCSP Responder")) {
  for (int i = 0; i < merchant_count; ++i) {
    merchants.push_back(network.issue_merchant("Shop " + std::to_string(i), system_now()));
  }
  for (int i = 0; i < purchaser_count; ++i) {
    purchasers.push_back(network.issue_purchaser(std::to_string(10'000 + i), system_now()));
  }
}

int AuthorityProcess::serve(const Parties& parties, const std::filesystem::path& folder, int ports_to,
                            int stop_from) {
  const SystemClock clock;
  const auto database = take(storage::open_sqlite(folder / "store.db"));
  const auto directory = take(authority::Directory::open(*database, crypto::random_secret(32)));
  const auto audit = take(authority::AuditLog::open(*database));
  take(database->write([&](storage::Transaction& transaction) -> Result<void> {
    for (const auto* group : {&parties.merchants, &parties.purchasers}) {
      for (const x509::Signer& each : *group) {
        TRY(directory.add(transaction, each.certificate, {}, clock.now()));
      }
    }
    return ok();
  }));
  const x509::Issuer responder_key{parties.ocsp_responder.certificate, parties.ocsp_responder.key};
  authority::OcspCache ocsp(responder_key);
  const auto service = take(authority::ConfirmationService::start(
      {parties.confirmation_signer, parties.network.data_centre, parties.network.anchor, *database, directory,
       audit, ocsp, clock, folder / "confirmation-index"}));
  const authority::OcspResponder responder(parties.network.ca.certificate, *database, directory, ocsp, clock);
  const auto crl = take(authority::CrlPublisher::open(parties.network.ca, *database, directory, clock));

  http::Router service_router;
  authority::add_confirmation_routes(service_router, *service);
  http::TlsListener tls{.identity = parties.server,
                        .stapled_ocsp = {},
                        .client_anchor = parties.network.anchor,
                        .client_roles = {x509::Role::kMerchant},
                        .clock = nullptr};
  http::ServerOptions service_options;
  service_options.tls = std::move(tls);
  const auto service_server =
      take(http::Server::start(std::move(service_options), std::move(service_router)));
  http::Router status_router;
  authority::add_status_routes(status_router, responder, crl, parties.network.ca.certificate,
                               parties.network.root.certificate);
  const auto status_server = take(http::Server::start({}, std::move(status_router)));

  const Ports ports{service_server->port(), status_server->port()};
  if (::write(ports_to, &ports, sizeof ports) != sizeof ports) return 1;
  char none = 0;
  return ::read(stop_from, &none, 1) == 0 ? 0 : 1;
}

AuthorityProcess::AuthorityProcess(const Parties& parties, const std::filesystem::path& folder) {
  int ports_pipe[2];
  int stop_pipe[2];
  if (::pipe(ports_pipe) != 0 || ::pipe(stop_pipe) != 0) throw std::runtime_error("pipe");
  process_ = ::fork();
  if (process_ < 0) throw std::runtime_error("fork");
  if (process_ == 0) {
    ::close(stop_pipe[1]);
    ::_exit(serve(parties, folder, ports_pipe[1], stop_pipe[0]));
  }
  ::close(ports_pipe[1]);
  ::close(stop_pipe[0]);
  stop_ = stop_pipe[1];
  const bool up = ::read(ports_pipe[0], &ports_, sizeof ports_) == sizeof ports_;
  ::close(ports_pipe[0]);
  if (!up) throw std::runtime_error("the authority did not come up");
}

AuthorityProcess::~AuthorityProcess() {
  ::close(stop_);
  ::waitpid(process_, nullptr, 0);
}

}  // namespace countersign::bench
