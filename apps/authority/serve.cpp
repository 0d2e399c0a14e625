// SPDX-License-Identifier: Apache-2.0
// serve: the two listeners of the authority, until SIGTERM or SIGINT.
#include <fmt/format.h>

#include "apps/signals.h"
#include "authority/confirmation/order_forwarding.h"
#include "authority/directory/status_journal.h"
#include "authority/enrolment/enrolment_routes.h"
#include "authority/enrolment/holder_routes.h"
#include "authority/interwork/feed_desk.h"
#include "authority/interwork/foreign_holders.h"
#include "authority/interwork/network_status.h"
#include "authority/interwork/question_forwarding.h"
#include "authority/issuing/purchasing_certificates.h"
#include "authority/issuing/service_certificates.h"
#include "authority/maintenance/backup.h"
#include "authority/maintenance/sweeps.h"
#include "authority/network/map_exchange.h"
#include "authority/network/map_routes.h"
#include "authority/network/map_watch.h"
#include "authority/timestamp/time_stamp_routes.h"
#include "commands.h"
#include "http/health.h"
#include "program.h"
#include "public_log.h"
#include "witnessing.h"

namespace countersign::app {
namespace {

constexpr timespec kSweepEvery{.tv_sec = 60, .tv_nsec = 0};
constexpr std::chrono::days kWarnBefore{30};
constexpr std::chrono::days kWarnEvery{1};

std::vector<authority::EarlierResponder> earlier_responders(const authority::AuthorityKeys& keys) {
  std::vector<authority::EarlierResponder> responders;
  for (const authority::EarlierCa& each : keys.earlier)
    if (each.ocsp) responders.push_back({each.certificate, *each.ocsp});
  return responders;
}

// Each at the paths with its key's id, which stay when an older key goes; and at those that have none.
std::vector<authority::ServedCa> served_cas(const authority::AuthorityKeys& keys) {
  std::vector<authority::ServedCa> cas;
  for (const x509::Certificate& ca : keys.anchor->data_centre_cas()) {
    const std::string id = authority::key_id(ca.public_key());
    authority::ServedCa served{ca, {"/ca-" + id + ".cer"}, {"/crl-" + id + ".crl"}};
    if (ca.public_key() == keys.ca.certificate.public_key()) served.certificate_paths.push_back("/ca.cer");
    if (const std::string named = authority::crl_path(keys, ca); named != served.crl_paths.front())
      served.crl_paths.push_back(named);
    cas.push_back(std::move(served));
  }
  return cas;
}

// Everything that serves, in order of dependence: what stands later uses what stands before, and is destroyed
// first.
struct Service {
  Service(std::unique_ptr<Authority> opened, const AuthorityConfig& config,
          std::unique_ptr<authority::MerchantRenewals> merchant_renewals,
          std::unique_ptr<authority::PurchasingCertificates> purchasing_certificates,
          authority::AddressChanges changes)
      : authority(std::move(opened)),
        renewals(std::move(merchant_renewals)),
        purchasing(std::move(purchasing_certificates)),
        address_changes(std::move(changes)),
        suspensions(*authority->context, *authority->enrolments),
        ocsp(authority->keys.ocsp, earlier_responders(authority->keys), {.reuse_for = config.ocsp_reuse}),
        responder(authority->keys.anchor->data_centre_cas(), *authority->store->database,
                  *authority->store->directory, ocsp, authority->store->clock),
        issuing(*authority->context, *authority->applications, *renewals, config.applications.per_hour),
        enrolment(*authority->context, *authority->enrolments, suspensions) {}

  std::unique_ptr<Authority> authority;
  std::unique_ptr<authority::MerchantRenewals> renewals;
  std::unique_ptr<authority::PurchasingCertificates> purchasing;
  authority::AddressChanges address_changes;
  authority::Suspensions suspensions;
  authority::OcspCache ocsp;
  authority::OcspResponder responder;
  authority::IssuingRoutes issuing;
  authority::EnrolmentRoutes enrolment;
  std::unique_ptr<authority::CrlPublisher> crl;
  http::Metrics metrics;
  std::unique_ptr<network::KeptMap> network_map;
  std::unique_ptr<authority::Peers> peers;
  authority::SystemBootClock boot;
  std::unique_ptr<authority::StatusFeeds> feeds;
  std::unique_ptr<authority::ForeignParties> foreign;
  authority::PlacesToWait places_to_wait{2};   // of the service listener's workers
  authority::PlacesToWait places_to_judge{2};  // of those threads that answer other authorities
  std::unique_ptr<authority::PeerDoor> door;
  std::unique_ptr<authority::PeerDesk> desk;
  std::unique_ptr<authority::FeedDesk> feed_desk;
  std::unique_ptr<PublicLogService> log;               // null: none is kept
  std::unique_ptr<WitnessedLogService> witnessed_log;  // alike
  std::unique_ptr<WitnessService> witness;             // of the logs of others; null: none
  std::unique_ptr<authority::ConfirmationService> confirmation;
  std::unique_ptr<authority::OrderForwarding> forwarding;
  std::unique_ptr<authority::HolderRequests> holder_requests;
  std::unique_ptr<authority::HolderRoutes> holders;
  std::unique_ptr<authority::QuestionForwarding> questions;  // others' come for the holder requests
  std::unique_ptr<authority::MapWatch> map_watch;            // of the sweeping thread
  TimePoint next_warning{};  // of certificates that end soon; of the sweeping thread
  std::shared_ptr<const network::MapView>
      listening_by;  // whose authorities the listener knows; of the map's exchange
  std::unique_ptr<authority::LdapPublisher> ldap;
  std::unique_ptr<authority::TimeStamper> time_stamper;  // where there is a certificate for it
  std::unique_ptr<http::Server> service_listener;
  std::unique_ptr<http::Server> status_listener;
  std::unique_ptr<authority::MapExchange> map_exchange;

  Result<void> is_ready() const {
    if (!confirmation->is_confirming())
      return fail(ErrorCode::kUnavailable, "another process has taken over the sequence of confirmations");
    return authority->store->database->read([](storage::Reader& reader) -> Result<void> {
      TRY(reader.query_one("SELECT 1", {}));
      return ok();
    });
  }
  Bytes own_status();
  // Asks and answers nobody any more; then nothing that is under way uses what is destroyed first.
  void stop();
  ~Service() { stop(); }
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
};

void Service::stop() {
  if (feeds) feeds->close();  // dead peers are waited for beside each other
  if (witnessed_log) witnessed_log->client->close();
  map_exchange.reset();
  if (feed_desk) feed_desk->stop();
  service_listener.reset();
  status_listener.reset();
  if (desk) desk->stop();
  if (questions) questions->stop();
  if (witness) witness->door->stop();
  if (witnessed_log) witnessed_log->client->stop();
  if (feeds) feeds->stop();
  if (peers) peers->stop();
}

// The status of the authority's TLS certificate, for stapling; nothing when it cannot be had: the wallet
// decides.
Bytes Service::own_status() {
  const x509::Certificate& ca = authority->keys.tls.chain.front();
  const x509::SerialNumber& serial = authority->keys.tls.certificate.serial();
  Bytes der;
  const Result<void> read = authority->store->database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto status, authority->store->directory->quick_status(reader, serial));
    TRY(const authority::OcspResponse response,
        ocsp.response(x509::make_cert_id(ca, serial), status, authority->store->clock.now()));
    der = *response.der;
    return ok();
  });
  if (!read) log_error("staple_failed", read.error());
  return der;
}

// Clients are judged under our own CA, and other authorities under those of the map as well.
http::TlsListener service_tls(Service& service, const network::MapView* map) {
  const Authority& authority = *service.authority;
  return {authority.keys.tls,
          [&service] { return service.own_status(); },
          map == nullptr
              ? authority.keys.anchor
              : authority::anchor_with_map(authority.keys.anchor, *map, authority.store->clock.now()),
          {x509::Role::kMerchant, x509::Role::kOperator, x509::Role::kAuthorityServer},
          nullptr};
}

// A newer map names other authorities.
Result<void> follow_map(Service& service) {
  const auto map = current_map(*service.network_map)();
  if (!map || map.value() == service.listening_by) return ok();
  TRY(service.service_listener->replace_tls(service_tls(service, map.value().get())));
  service.listening_by = map.value();
  return ok();
}

Result<void> start_service_listener(Service& service, const AuthorityConfig& config) {
  http::Router router;
  service.issuing.register_routes(router);
  service.purchasing->register_routes(router);
  service.enrolment.register_routes(router);
  service.holders->register_routes(router);
  authority::add_confirmation_routes(router, *service.confirmation, service.forwarding.get());
  authority::add_forwarding_routes(router, *service.forwarding);
  authority::add_question_routes(router, *service.questions);
  authority::add_peer_routes(router, *service.desk);
  authority::add_feed_routes(router, *service.feed_desk);
  authority::add_map_routes(router, *service.network_map);
  if (service.witness) {
    authority::add_witness_routes(router, *service.witness->door);
    authority::add_witnessed_checkpoint_route(router, *service.witness->desk);
  }
  http::add_health_routes(
      router, [&service] { return service.is_ready(); }, service.metrics);
  http::ServerOptions options;
  options.address = config.service.address;
  options.port = config.service.port;
  options.io_threads = config.io_threads;
  options.max_connections_per_address = config.service.max_connections_per_address;
  options.observe = http::request_observer(service.metrics);
  options.observe_refusal = http::refusal_observer(service.metrics);
  const auto map = current_map(*service.network_map)();
  if (map) service.listening_by = map.value();
  options.tls = service_tls(service, service.listening_by.get());
  TRY(service.service_listener, http::Server::start(std::move(options), std::move(router)));
  return ok();
}

Result<void> start_status_listener(Service& service, const AuthorityConfig& config) {
  http::Router router;
  authority::add_status_routes(router, service.responder, *service.crl, served_cas(service.authority->keys),
                               service.authority->keys.anchor->root());
  authority::add_network_status_route(
      router,
      {service.authority->keys.data_centre, current_map(*service.network_map),
       newest_map(*service.network_map), *service.peers, *service.feeds, service.authority->store->clock});
  if (service.witness) authority::add_witnessed_checkpoint_route(router, *service.witness->desk);
  if (service.log) authority::add_log_routes(router, service.log->folder, *service.log->publisher);
  if (service.time_stamper) authority::add_time_stamp_routes(router, *service.time_stamper);
  http::add_health_routes(
      router, [&service] { return service.is_ready(); }, service.metrics);
  http::ServerOptions options;
  options.address = config.status.address;
  options.port = config.status.port;
  options.max_connections_per_address = config.status.max_connections_per_address;
  options.observe_refusal = http::refusal_observer(service.metrics);
  options.observe = http::request_observer(service.metrics);
  TRY(service.status_listener, http::Server::start(std::move(options), std::move(router)));
  return ok();
}

Result<void> write_ports(const Service& service, const std::filesystem::path& file) {
  if (file.empty()) return ok();
  const std::string json = fmt::format("{{\"service\":{},\"status\":{}}}\n", service.service_listener->port(),
                                       service.status_listener->port());
  return storage::write_file(file, as_bytes(json), storage::FileMode::kPublic);
}

// Shows in /metrics when each certificate ends, and warns once a day from thirty days before.
void watch_certificates(Service& service) {
  const TimePoint now = service.authority->store->clock.now();
  const bool warns = now >= service.next_warning;
  for (const authority::ServiceExpiry& one : authority::service_expiries(service.authority->keys)) {
    service.metrics
        .gauge("countersign_certificate_expiry_seconds",
               "When a certificate of the authority itself ends, in Unix seconds.",
               "certificate=\"" + one.name + "\"")
        .set(unix_seconds(one.not_after));
    if (warns && one.not_after < now + kWarnBefore)
      log_event(LogLevel::kWarning, "certificate_ends_soon",
                {{"certificate", one.name}, {"not_after", format_time(one.not_after)}});
  }
  if (warns) service.next_warning = now + kWarnEvery;
}

authority::Sweeps sweeps_of(Service& service) {
  authority::Sweeps sweeps(service.metrics);
  sweeps.add("certificates", [&service]() -> Result<void> {
    watch_certificates(service);
    return ok();
  });
  sweeps.add("network_map", [&service]() -> Result<void> {
    service.map_watch->look();
    return ok();
  });
  sweeps.add("applications", [&service] { return service.authority->applications->sweep(); });
  sweeps.add("enrolments", [&service] { return service.authority->enrolments->sweep(); });
  sweeps.add("address_changes", [&service] { return service.address_changes.sweep(); });
  sweeps.add("holder_requests", [&service] { return service.holder_requests->sweep(); });
  sweeps.add("status_journal", [&service]() -> Result<void> {
    const Store& store = *service.authority->store;
    return store.database->write([&store](storage::Transaction& transaction) -> Result<void> {
      TRY(authority::trim_journal(transaction, store.clock.now()));
      return ok();
    });
  });
  sweeps.add("erasure", [&service] { return service.authority->erasure->sweep(); });
  return sweeps;
}

// Signals are blocked in every thread and taken here, between sweeps of what is overdue.
void run_until_signal(Service& service, const sigset_t& signals) {
  const authority::Sweeps sweeps = sweeps_of(service);
  for (;;) {
    sweeps.run();
    if (sigtimedwait(&signals, nullptr, &kSweepEvery) > 0) return;
  }
}

// A wallet's own way to its confirmations, which enrolment knows nothing about.
authority::FindConfirmation find_confirmation(const authority::ConfirmationService& confirmation) {
  return [&confirmation](storage::Reader&, std::string_view order_id, const Sha256Digest& digest,
                         const x509::Name& purchaser) {
    return confirmation.find_for_purchaser(order_id, digest, purchaser);
  };
}

// The same as a receipt, where a public log is kept.
authority::FindReceipt find_receipt(const Service& service) {
  if (!service.log) return {};
  return [&confirmation = *service.confirmation](std::string_view order_id, const Sha256Digest& digest,
                                                 const x509::Name& purchaser) {
    return confirmation.find_receipt_for_purchaser(order_id, digest, purchaser);
  };
}

// A merchant's own way to them, proven by its key.
authority::FindForMerchant find_for_merchants(const authority::ConfirmationService& confirmation) {
  using authority::ConfirmationForm;
  return [&confirmation](std::string_view order_id, const Sha256Digest& digest, const x509::Name& merchant,
                         ConfirmationForm wanted) -> Result<authority::FoundConfirmation> {
    TRY(Bytes document, confirmation.find_for_merchant(order_id, digest, merchant));
    if (wanted == ConfirmationForm::kReceipt) {
      TRY(auto receipt, confirmation.find_receipt_for_merchant(order_id, digest, merchant));
      if (receipt) return authority::FoundConfirmation{std::move(*receipt), ConfirmationForm::kReceipt};
    }
    return authority::FoundConfirmation{std::move(document), ConfirmationForm::kCms};
  };
}

// What comes by way of another authority is judged like what comes by itself.
authority::QuestionForwarding::AnswerHere answer_others(authority::HolderRequests& requests) {
  return [&requests](BytesView request) -> Result<Bytes> {
    TRY(auto answer, requests.answer(request, authority::ConfirmationForm::kReceipt,
                                     authority::CameBy::kAnotherAuthority));
    auto* const found = std::get_if<authority::FoundConfirmation>(&answer);
    if (found == nullptr) return fail(ErrorCode::kForbidden, "peers: no question for a confirmation");
    return std::move(found->document);
  };
}

// Purchasers of other data centres come for what was confirmed here.
authority::ForeignPurchaser judge_purchasers(Service& service, const Clock& clock) {
  return [&service, &clock](const x509::UnverifiedCms& request, authority::CameBy came_by) {
    auto& places = came_by == authority::CameBy::kItself ? service.places_to_wait : service.places_to_judge;
    return authority::judge_foreign_holder(*service.foreign, clock, places, request);
  };
}

// The other data centres, by the network map; without one there are none.
Result<void> open_peers(Service& service, const AuthorityConfig& config) {
  const Authority& authority = *service.authority;
  const Clock& clock = authority.store->clock;
  TRY(service.network_map, open_kept_map(config, clock));
  service.peers = std::make_unique<authority::Peers>(authority.keys.tls, clock, &service.metrics);
  TRY(service.feeds, authority::StatusFeeds::open({.data_centre = authority.keys.data_centre,
                                                   .current = current_map(*service.network_map),
                                                   .ask = authority::ask_peers(*service.peers),
                                                   .database = *authority.store->database,
                                                   .clock = clock,
                                                   .boot = service.boot,
                                                   .metrics = &service.metrics}));
  service.foreign = std::make_unique<authority::ForeignParties>(authority::ForeignParties::Parts{
      authority.keys.data_centre, current_map(*service.network_map), newest_map(*service.network_map),
      *service.peers, clock, service.feeds.get()});
  service.door = std::make_unique<authority::PeerDoor>(current_map(*service.network_map), clock);
  service.desk = std::make_unique<authority::PeerDesk>(
      authority::PeerDesk::Parts{authority.keys.data_centre, authority.keys.ca.certificate, *service.door,
                                 *service.peers, service.responder});
  service.feed_desk = std::make_unique<authority::FeedDesk>(
      authority::FeedDesk::Parts{authority.keys.data_centre,
                                 {authority.keys.ocsp.certificate, authority.keys.ocsp.key, {}},
                                 *service.door,
                                 *service.peers,
                                 *authority.store->database,
                                 clock,
                                 &service.metrics});
  return ok();
}

// Both sides of it: those who witness our log, if one is kept, and we as a witness of others.
Result<void> open_witnessing(Service& service, const AuthorityConfig& config) {
  const WitnessingParts parts{config, *service.authority->store, current_map(*service.network_map),
                              service.metrics};
  TRY(service.witness, open_witness(parts));
  if (!service.log) return ok();
  TRY(service.witnessed_log,
      open_witnessed_log(parts, service.log->reader, service.log->appender->verifier()));
  service.log->watch = std::make_unique<FolderWatch>(*service.log->publisher, *service.witnessed_log);
  service.log->parts->witnesses = service.log->watch.get();
  service.witnessed_log->client->start();
  return ok();
}

Result<void> start_confirmation(Service& service, const AuthorityConfig& config) {
  const Authority& authority = *service.authority;
  TRY(authority::CrlPublisher crl, open_crl(authority));
  service.crl = std::make_unique<authority::CrlPublisher>(std::move(crl));
  TRY(service.log,
      open_public_log({config, *authority.store, current_map(*service.network_map), service.metrics}));
  TRY(open_witnessing(service, config));
  TRY(auto signer, x509::CmsSigner::create(authority.keys.confirmation));
  TRY(service.confirmation,
      authority::ConfirmationService::start(
          {std::move(signer), authority.keys.data_centre, authority.keys.anchor, *authority.store->database,
           *authority.store->directory, *authority.store->audit, service.ocsp, authority.store->clock,
           reservation_file(config), service.foreign.get(), config.degraded,
           service.log ? service.log->parts.get() : nullptr}));
  service.forwarding = std::make_unique<authority::OrderForwarding>(authority::OrderForwarding::Parts{
      authority.keys.data_centre, authority.keys.ca.certificate.subject(), current_map(*service.network_map),
      *service.door, *service.peers, *service.foreign, *service.confirmation, authority.store->clock,
      &service.metrics});
  return ok();
}

Result<void> open_holder_requests(Service& service) {
  Authority& authority = *service.authority;
  TRY(service.holder_requests,
      authority::HolderRequests::open({*authority.context, *authority.outbox, *authority.holders,
                                       *authority.enrolments, service.suspensions, service.address_changes,
                                       find_confirmation(*service.confirmation),
                                       judge_purchasers(service, authority.store->clock),
                                       find_receipt(service), find_for_merchants(*service.confirmation),
                                       [&service](const x509::Name& audience, BytesView request) {
                                         return service.questions->forward(audience, request);
                                       }}));
  service.questions = std::make_unique<authority::QuestionForwarding>(authority::QuestionForwarding::Parts{
      authority.keys.data_centre, current_map(*service.network_map), *service.door, *service.peers,
      service.places_to_wait, answer_others(*service.holder_requests), authority.store->clock});
  service.holders = std::make_unique<authority::HolderRoutes>(*authority.context, *service.holder_requests,
                                                              service.address_changes);
  return ok();
}

void watch_network_map(Service& service) {
  const Clock& clock = service.authority->store->clock;
  service.map_watch = std::make_unique<authority::MapWatch>(*service.network_map, service.metrics, clock);
  service.map_exchange = std::make_unique<authority::MapExchange>(
      authority::MapExchange::Parts{.kept = *service.network_map,
                                    .data_centre = service.authority->keys.data_centre,
                                    .metrics = service.metrics,
                                    .clock = clock,
                                    .follow = [&service] { return follow_map(service); }});
}

Result<void> start_ldap(Service& service, const AuthorityConfig& config) {
  if (!config.ldap) return ok();
  TRY(service.ldap, authority::LdapPublisher::start(
                        {mirror_source(*service.authority), *service.crl, service.metrics}, *config.ldap));
  return ok();
}

// A data centre of before there were time-stamps has no certificate for them, until `services renew`.
Result<void> open_time_stamper(Service& service, const AuthorityConfig& config) {
  const std::optional<x509::Signer>& signer = service.authority->keys.time_stamp;
  if (!signer) {
    log_event(LogLevel::kInfo, "serves_no_time_stamps");
    return ok();
  }
  TRY(service.time_stamper,
      authority::TimeStamper::open({*signer, service.authority->store->clock, service.metrics},
                                   config.time_stamps));
  return ok();
}

// Nothing that was suspended or revoked is good again because a crash came between record and commit, or
// because someone put an older copy in the store's place. Indices and orders of such a copy are not cared for
// here: that takes `restore`.
Result<void> catch_up(const Store& store, const AuthorityConfig& config) {
  std::int64_t applied = 0;
  TRY(store.database->write([&](storage::Transaction& transaction) -> Result<void> {
    TRY(applied, authority::apply_status_record(transaction, *store.audit, status_record_file(config),
                                                "authority", store.clock.now()));
    return ok();
  }));
  if (applied > 0) log_event(LogLevel::kWarning, "statuses_applied", {{"count", std::to_string(applied)}});
  return ok();
}

Result<std::unique_ptr<Service>> open_service(const AuthorityConfig& config) {
  TRY(std::unique_ptr<Authority> opened, open_authority(config));
  TRY(catch_up(*opened->store, config));
  TRY(std::unique_ptr<authority::MerchantRenewals> renewals,
      authority::MerchantRenewals::open(*opened->context, *opened->origins, config.renewals));
  TRY(std::unique_ptr<authority::PurchasingCertificates> purchasing,
      authority::PurchasingCertificates::open(*opened->context));
  TRY(authority::AddressChanges changes,
      authority::AddressChanges::open({*opened->context,
                                       *opened->outbox,
                                       *opened->holders,
                                       {config.applications.mail_from, config.applications.mail_from_name}}));
  auto service = std::make_unique<Service>(std::move(opened), config, std::move(renewals),
                                           std::move(purchasing), std::move(changes));
  TRY(open_peers(*service, config));
  TRY(start_confirmation(*service, config));
  TRY(open_holder_requests(*service));
  TRY(open_time_stamper(*service, config));
  watch_network_map(*service);
  return service;
}

Result<void> serve(const std::string& config_file) {
  TRY(const AuthorityConfig config, load_config(config_file));
  start_log("countersign-authority", config.log_level);
  const sigset_t signals = hold_signals();

  TRY(const authority::StoreLock lock,
      authority::StoreLock::take(config.store, authority::StoreLock::Kind::kShared));
  TRY(const std::unique_ptr<Service> service, open_service(config));
  TRY(start_service_listener(*service, config));
  TRY(start_status_listener(*service, config));
  service->authority->outbox->start();
  service->map_exchange->start();
  service->feeds->start();
  if (service->log) service->log->publisher->start();
  TRY(start_ldap(*service, config));
  TRY(write_ports(*service, config.ports_file));
  log_event(LogLevel::kInfo, "serving",
            {{"service", config.service.public_url}, {"status", config.status.public_url}});
  run_until_signal(*service, signals);
  log_event(LogLevel::kInfo, "stopping");
  service->stop();
  service->authority->outbox->stop();
  return ok();
}

}  // namespace

void add_serve_command(CLI::App& app, const std::string& config_file, Command& command) {
  add_leaf(app, "serve", "Serve until SIGTERM", command, [&config_file] { return serve(config_file); });
}

}  // namespace countersign::app
