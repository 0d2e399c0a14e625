// SPDX-License-Identifier: Apache-2.0
#include "merchant/network.h"

#include <algorithm>

#include "documents/json.h"
#include "network/authority_name.h"

namespace countersign::merchant {
namespace {

// The answer of GET /v1/network.
struct NetworkAnswer {
  x509::Certificate root;
  std::vector<x509::Certificate> cas;  // the present one first; several after it changed its key
  std::string status_url;
};

constexpr std::size_t kMostCas = 4;
constexpr std::size_t kPem = 16384;

Result<std::vector<x509::Certificate>> read_cas(documents::ObjectReader& reader) {
  TRY(auto present, reader.text("ca", kPem));
  std::vector<std::string> pems{std::move(present)};
  if (reader.has("authorities")) {
    TRY(pems, reader.texts("authorities", kMostCas, kPem));
  }
  std::vector<x509::Certificate> cas;
  for (const std::string& pem : pems) {
    TRY(auto ca, x509::Certificate::from_pem(pem));
    cas.push_back(std::move(ca));
  }
  if (cas.empty()) return fail(ErrorCode::kMalformed, "network.authorities: is empty");
  return cas;
}

// The one data centre that all of them are the CA of.
Result<x509::Name> data_centre_of(const std::vector<x509::Certificate>& cas) {
  TRY(auto data_centre, x509::permitted_subtree(cas.front()));
  for (const x509::Certificate& ca : cas) {
    TRY(const auto subtree, x509::permitted_subtree(ca));
    if (!(subtree == data_centre))
      return fail(ErrorCode::kNameNotPermitted, "network.authorities: CAs of two data centres");
  }
  return data_centre;
}

Result<NetworkAnswer> ask_for_network(http::Client& client) {
  TRY(const auto response, client.get("/v1/network"));
  if (response.status != 200) return fail(http::error_of(response), "network");
  TRY(auto reader, documents::ObjectReader::parse(response.body, "network", {.line_feeds = true}));
  TRY(reader.text("dataCentre", 1000));
  TRY(const auto root_pem, reader.text("root", kPem));
  TRY(auto cas, read_cas(reader));
  TRY(reader.text("service", 500));
  TRY(auto status, reader.text("status", 500));
  TRY(auto root, x509::Certificate::from_pem(root_pem));
  return NetworkAnswer{std::move(root), std::move(cas), std::move(status)};
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

bool is_same_ca(const x509::Certificate& a, const x509::Certificate& b) {
  return a.subject() == b.subject() && a.public_key() == b.public_key();
}

// A CA as it is among `known`, whichever root certified it there.
x509::Certificate same_ca(const x509::Certificate& ca, const std::vector<x509::Certificate>& known) {
  const auto found =
      std::ranges::find_if(known, [&](const x509::Certificate& each) { return is_same_ca(each, ca); });
  return found == known.end() ? ca : *found;
}

// The CAs that the authority claims, below the root that is trusted now: as the authority has them, or as the
// map has the same CAs, where one of the two is a root behind. None that maps have taken out.
Result<x509::TrustAnchor> anchor_of(const NetworkAnswer& claimed, const network::KeptMap& kept,
                                    TimePoint now) {
  const x509::Certificate root = kept.root();
  if (kept.has_withdrawn(claimed.cas.front()))
    return fail(ErrorCode::kCertificateUnknown, "the authority's CA is one that network maps have taken out");
  std::vector<x509::Certificate> cas = claimed.cas;
  std::erase_if(cas, [&](const x509::Certificate& each) { return kept.has_withdrawn(each); });
  auto anchor = x509::TrustAnchor::create(root, std::move(cas), now);
  const auto newest = kept.newest();
  if (anchor || !newest) return anchor;
  std::vector<x509::Certificate> mapped;
  for (const documents::MappedDataCentre& each : newest->map.data_centres)
    for (const x509::Certificate& ca : each.ca_certificates)
      if (std::ranges::any_of(claimed.cas, [&](const auto& claim) { return is_same_ca(claim, ca); }))
        mapped.push_back(ca);
  if (mapped.empty()) return anchor;
  return x509::TrustAnchor::create(root, std::move(mapped), now);
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
  TRY(auto data_centre, data_centre_of(claimed.cas));
  TRY(expect_known(data_centre, place, *kept));

  TRY(auto check, authority_peer(shared_anchor, data_centre));
  TRY(const auto authenticated, http::Client::create(place.service_url, at_its_address(std::move(check))));
  TRY(auto confirmed, ask_for_network(*authenticated));
  if (confirmed.cas != claimed.cas)
    return fail(ErrorCode::kConflict, "the authority answered with other CAs the second time");
  x509::Certificate ca = same_ca(claimed.cas.front(), shared_anchor->data_centre_cas());
  auto trust = std::make_shared<network::AnchorSource>(
      network::OwnDataCentre{shared_anchor, data_centre, confirmed.status_url}, std::move(kept));
  return NetworkView{std::move(trust), std::move(ca), std::move(data_centre), place.service_url,
                     std::move(confirmed.status_url)};
}

}  // namespace countersign::merchant
