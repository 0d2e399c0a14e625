// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/testing/test_data_centre.h"

#include <algorithm>
#include <future>

namespace countersign::authority {
namespace {

// Clocks that the test's world keeps alive.
std::shared_ptr<const Clock> borrowed(const Clock& clock) {
  return {std::shared_ptr<const Clock>(), &clock};
}

}  // namespace

TestDataCentre::TestDataCentre(const x509::Issuer& root, std::string_view name, PeersOptions options,
                               FeedDesk::Options feed_options)
    : world(root, name),
      tls(world.issue_service(x509::Role::kAuthorityServer, "authority", {{}, {"127.0.0.1"}, {}})),
      responder(std::make_unique<OcspResponder>(world.network.ca.certificate, *world.database,
                                                *world.directory, *world.ocsp, world.clock)),
      peers(std::make_unique<Peers>(tls, world.clock, &metrics, options)),
      foreign(std::make_unique<ForeignParties>(
          ForeignParties::Parts{world.network.data_centre, current(), newest(), *peers, world.clock})),
      door(std::make_unique<PeerDoor>(current(), world.clock)),
      desk(std::make_unique<PeerDesk>(PeerDesk::Parts{world.network.data_centre, world.network.ca.certificate,
                                                      *door, *peers, *responder})),
      feed_desk(std::make_unique<FeedDesk>(
          FeedDesk::Parts{world.network.data_centre,
                          {world.ocsp->responder().certificate, world.ocsp->responder().key, {}},
                          *door,
                          *peers,
                          *world.database,
                          world.clock,
                          &metrics},
          feed_options)),
      current_([]() -> Result<std::shared_ptr<const network::MapView>> {
        return fail(ErrorCode::kNotFound, "no network map yet");
      }),
      newest_([] { return nullptr; }) {
  world.add_to_directory(tls.certificate);
  serve();
}

TestDataCentre::~TestDataCentre() {
  peers->stop();
  feed_desk->stop();
  server.reset();
  desk->stop();
  world.stop();
}

CurrentMap TestDataCentre::current() const {
  return [this] {
    const std::lock_guard lock(mutex_);
    return current_();
  };
}

NewestMap TestDataCentre::newest() const {
  return [this] {
    const std::lock_guard lock(mutex_);
    return newest_();
  };
}

void TestDataCentre::serve() {
  http::Router router;
  router.add("POST", kPeerOcspPath, [this](http::Request request, http::Respond respond) {
    ++questions;
    desk->answer(std::move(request), std::move(respond));
  });
  router.add("POST", kPeerFeedPath, [this](http::Request request, http::Respond respond) {
    ++feed_questions;
    feed_desk->answer(std::move(request), std::move(respond));
  });
  if (forwarding) {
    add_confirmation_routes(router, *world.service, forwarding.get());
    add_forwarding_routes(router, *forwarding);
  }
  serve(std::move(router), tls);
}

void TestDataCentre::serve(http::Router router, x509::Signer identity) {
  const auto view = current()();
  http::ServerOptions options;
  options.port = port_;
  server.reset();
  options.tls = http::TlsListener{
      std::move(identity),
      [this] { return own_status(); },
      view ? anchor_with_map(world.network.anchor, *view.value(), world.clock.now()) : world.network.anchor,
      {x509::Role::kMerchant, x509::Role::kOperator, x509::Role::kAuthorityServer},
      borrowed(world.clock)};
  server = countersign::take(http::Server::start(std::move(options), std::move(router)));
  port_ = server->port();
}

Bytes TestDataCentre::own_status() {
  Bytes der;
  countersign::take(world.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(const auto status, world.directory->quick_status(reader, tls.certificate.serial()));
    TRY(const OcspResponse response,
        world.ocsp->response(x509::make_cert_id(world.network.ca.certificate, tls.certificate.serial()),
                             status, world.clock.now()));
    der = *response.der;
    return ok();
  }));
  return der;
}

void TestDataCentre::join(std::shared_ptr<const network::MapView> view) {
  server.reset();
  forwarding.reset();
  world.join(*foreign);
  world.restart();
  forwarding = std::make_unique<OrderForwarding>(
      OrderForwarding::Parts{world.network.data_centre, world.network.ca.certificate.subject(), current(),
                             *door, *peers, *foreign, *world.service, world.clock, &metrics});
  take(std::move(view));
}

void TestDataCentre::take(std::shared_ptr<const network::MapView> view) {
  use([view]() -> Result<std::shared_ptr<const network::MapView>> { return view; }, [view] { return view; });
}

void TestDataCentre::follow(network::KeptMap& kept) {
  use([&kept] { return kept.current(); }, [&kept] { return kept.newest(); });
}

void TestDataCentre::use(CurrentMap current, NewestMap newest) {
  {
    const std::lock_guard lock(mutex_);
    current_ = std::move(current);
    newest_ = std::move(newest);
  }
  serve();
}

void TestDataCentre::lose_map(const Error& error) {
  const std::lock_guard lock(mutex_);
  current_ = [error]() -> Result<std::shared_ptr<const network::MapView>> { return fail(error); };
}

documents::MappedDataCentre TestDataCentre::mapped() const {
  return {world.network.data_centre,
          {world.network.ca.certificate},
          "https://127.0.0.1:" + std::to_string(port_),
          "http://127.0.0.1:1",
          {},
          {}};
}

documents::Order TestDataCentre::order_of(const x509::Signer& purchaser) const {
  documents::Order order = world.new_order();
  order.purchaser = documents::reference_to(purchaser.certificate);
  return order;
}

Bytes TestDataCentre::countersigned(const documents::Order& order, const x509::Signer& purchaser) const {
  return world.countersign(world.sign(order, purchaser));
}

Result<Decision> TestDataCentre::sell_to(const x509::Signer& purchaser) {
  return world.confirm(countersigned(order_of(purchaser), purchaser));
}

Result<std::shared_ptr<const ForeignStatus>> TestDataCentre::ask_about(const x509::Certificate& certificate) {
  TRY(auto party, foreign->recognise(certificate));
  std::promise<Result<std::shared_ptr<const ForeignStatus>>> answered;
  foreign->ask_status(std::move(party), [&](auto status) { answered.set_value(std::move(status)); });
  return answered.get_future().get();
}

Result<http::Response> TestDataCentre::asked_by(const TestDataCentre& peer, Bytes request,
                                                std::string_view hops) const {
  http::ClientOptions options;
  options.peer =
      http::PeerCheck{.anchor = world.network.anchor, .expected_subject = {}, .clock = borrowed(world.clock)};
  options.identity = peer.tls;
  TRY(const auto client, http::Client::create(mapped().service_url, std::move(options)));
  http::Request asked;
  asked.method = "POST";
  asked.path = kPeerOcspPath;
  asked.headers["Content-Type"] = kOcspRequestType;
  if (!hops.empty()) asked.headers[std::string(kHopsHeader)] = hops;
  asked.body = std::move(request);
  return client->send(asked);
}

documents::StatusFeedPosition TestDataCentre::feed_position() const {
  documents::StatusFeedPosition position;
  countersign::take(world.database->read([&](storage::Reader& reader) -> Result<void> {
    TRY(position, newest_status_position(reader));
    return ok();
  }));
  return position;
}

documents::NetworkMap map_of(const std::vector<const TestDataCentre*>& centres) {
  const TestWorld& any = centres.front()->world;
  documents::NetworkMap map{.version = 1,
                            .issued = any.clock.now(),
                            .expires = any.clock.now() + std::chrono::hours(24),
                            .root = any.network.root.certificate,
                            .next_root = {},
                            .data_centres = {}};
  for (const TestDataCentre* centre : centres) map.data_centres.push_back(centre->mapped());
  std::ranges::sort(map.data_centres, {}, &documents::MappedDataCentre::name);
  return map;
}

std::shared_ptr<const network::MapView> view_of(documents::NetworkMap map) {
  std::vector<x509::Certificate> cas;
  for (const auto& centre : map.data_centres)
    cas.insert(cas.end(), centre.ca_certificates.begin(), centre.ca_certificates.end());
  auto anchor = std::make_shared<const x509::TrustAnchor>(
      countersign::take(x509::TrustAnchor::create(map.root, std::move(cas), map.issued)));
  network::MapView view{.map = std::move(map), .anchor = std::move(anchor), .signed_map = {}};
  return std::make_shared<const network::MapView>(std::move(view));
}

}  // namespace countersign::authority
