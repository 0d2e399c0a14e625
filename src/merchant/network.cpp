// SPDX-License-Identifier: Apache-2.0
#include "merchant/network.h"

#include "documents/json.h"
#include "network/authority_name.h"

namespace countersign::merchant {
namespace {

// The answer of GET /v1/network.
struct NetworkAnswer {
  x509::Certificate root, ca;
  std::string status_url;
};

Result<NetworkAnswer> ask_for_network(http::Client& client) {
  TRY(const auto response, client.get("/v1/network"));
  if (response.status != 200) return fail(http::error_of(response), "network");
  TRY(auto reader, documents::ObjectReader::parse(response.body, "network", {.line_feeds = true}));
  TRY(reader.text("dataCentre", 1000));
  TRY(const auto root_pem, reader.text("root", 16384));
  TRY(const auto ca_pem, reader.text("ca", 16384));
  TRY(reader.text("service", 500));
  TRY(auto status, reader.text("status", 500));
  TRY(auto root, x509::Certificate::from_pem(root_pem));
  TRY(auto ca, x509::Certificate::from_pem(ca_pem));
  return NetworkAnswer{std::move(root), std::move(ca), std::move(status)};
}

}  // namespace

Result<http::PeerCheck> authority_peer(std::shared_ptr<const x509::TrustAnchor> anchor,
                                       const x509::Name& data_centre) {
  http::PeerCheck check;
  check.anchor = std::move(anchor);
  check.role = x509::Role::kAuthorityServer;
  TRY(check.expected_subject, network::authority_server_name(data_centre));
  return check;
}

namespace {

// Its own name and no other's: a server of another data centre that stands at this address is one that its CA
// may not name.
http::ClientOptions at_its_address(http::PeerCheck check) {
  http::ClientOptions options;
  options.inspect_peer = [subject =
                              *check.expected_subject](const std::vector<Bytes>& chain) -> Result<void> {
    TRY(const auto server, x509::Certificate::from_der(chain.front()));
    if (server.subject() == subject) return ok();
    return fail(ErrorCode::kWrongOrigin,
                "authority: " + server.subject().text() + " is not " + subject.text());
  };
  check.expected_subject.reset();  // so that the host is compared
  options.peer = std::move(check);
  return options;
}

// The CA that the authority claims, below the root that is trusted now: as the authority has it, or as the
// map has the same CA, where one of the two is a root behind.
Result<x509::TrustAnchor> anchor_of(const NetworkAnswer& claimed, const network::KeptMap& kept,
                                    TimePoint now) {
  const x509::Certificate root = kept.root();
  auto anchor = x509::TrustAnchor::create(root, {claimed.ca}, now);
  const auto newest = kept.newest();
  if (anchor || !newest) return anchor;
  for (const documents::MappedDataCentre& each : newest->map.data_centres)
    for (const x509::Certificate& ca : each.ca_certificates)
      if (claimed.ca.subject() == ca.subject() && claimed.ca.public_key() == ca.public_key())
        return x509::TrustAnchor::create(root, {ca}, now);
  return anchor;
}

// Whose authority it must be, where that is known: of the data centre that certified the gateway, and of the
// one that the kept map has at this very address.
Result<void> expect_known(const x509::Name& data_centre, const NetworkPlace& place,
                          const network::KeptMap& kept) {
  const std::string who = "the authority at " + place.service_url + " is of " + data_centre.text();
  if (place.data_centre && !(data_centre == *place.data_centre))
    return fail(ErrorCode::kForbidden,
                who + ", and this gateway's certificate of " + place.data_centre->text());
  const auto newest = kept.newest();
  if (!newest) return ok();
  for (const documents::MappedDataCentre& each : newest->map.data_centres)
    if (each.service_url == place.service_url && !(each.name == data_centre))
      return fail(ErrorCode::kForbidden, who + ", and the network map has " + each.name.text() + " there");
  return ok();
}

}  // namespace

Result<NetworkView> discover_network(const NetworkPlace& place, const Clock& clock) {
  TRY(auto kept,
      network::KeptMap::open(place.map_file, place.root, clock, network::KeptMap::Spoilt::kSetAside));
  TRY(const auto stranger, http::Client::create(place.service_url, {}));
  TRY(const auto claimed, ask_for_network(*stranger));
  auto anchor = anchor_of(claimed, *kept, clock.now());
  if (!anchor && !(claimed.root == kept->root()))
    return fail(ErrorCode::kCertificateUnknown, "the authority names another network root");
  if (!anchor) return fail(std::move(anchor).error());
  const auto shared_anchor = std::make_shared<const x509::TrustAnchor>(std::move(anchor).value());
  TRY(auto data_centre, x509::permitted_subtree(claimed.ca));
  TRY(expect_known(data_centre, place, *kept));

  TRY(auto check, authority_peer(shared_anchor, data_centre));
  TRY(const auto authenticated, http::Client::create(place.service_url, at_its_address(std::move(check))));
  TRY(auto confirmed, ask_for_network(*authenticated));
  if (!(confirmed.ca == claimed.ca)) return fail(ErrorCode::kConflict, "the authority answered with two CAs");
  x509::Certificate ca = shared_anchor->data_centre_cas().front();
  auto trust = std::make_shared<network::AnchorSource>(
      network::OwnDataCentre{shared_anchor, data_centre, confirmed.status_url}, std::move(kept));
  return NetworkView{std::move(trust), std::move(ca), std::move(data_centre), place.service_url,
                     std::move(confirmed.status_url)};
}

}  // namespace countersign::merchant
