// SPDX-License-Identifier: Apache-2.0
#include "merchant/network.h"

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

Result<NetworkView> discover_network(const x509::Certificate& root, const std::string& service_url,
                                     const std::filesystem::path& map_file, const Clock& clock) {
  TRY(const auto stranger, http::Client::create(service_url, {}));
  TRY(const auto claimed, ask_for_network(*stranger));
  if (!(claimed.root == root))
    return fail(ErrorCode::kCertificateUnknown, "the authority names another network root");
  TRY(auto anchor, x509::TrustAnchor::create(root, claimed.cas, clock.now()));
  auto shared_anchor = std::make_shared<const x509::TrustAnchor>(std::move(anchor));
  TRY(auto data_centre, data_centre_of(claimed.cas));

  http::ClientOptions options;
  TRY(options.peer, authority_peer(shared_anchor, data_centre));
  TRY(const auto authenticated, http::Client::create(service_url, std::move(options)));
  TRY(auto confirmed, ask_for_network(*authenticated));
  if (confirmed.cas != claimed.cas)
    return fail(ErrorCode::kConflict, "the authority answered with other CAs the second time");
  TRY(auto kept, network::KeptMap::open(map_file, root, clock));
  auto trust = std::make_shared<network::AnchorSource>(
      network::OwnDataCentre{std::move(shared_anchor), data_centre, confirmed.status_url}, std::move(kept));
  return NetworkView{std::move(trust), std::move(confirmed.cas.front()), std::move(data_centre), service_url,
                     std::move(confirmed.status_url)};
}

}  // namespace countersign::merchant
