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

Result<NetworkView> discover_network(const x509::Certificate& root, const std::string& service_url,
                                     const std::filesystem::path& map_file, const Clock& clock) {
  TRY(const auto stranger, http::Client::create(service_url, {}));
  TRY(const auto claimed, ask_for_network(*stranger));
  if (!(claimed.root == root))
    return fail(ErrorCode::kCertificateUnknown, "the authority names another network root");
  TRY(auto anchor, x509::TrustAnchor::create(root, {claimed.ca}, clock.now()));
  auto shared_anchor = std::make_shared<const x509::TrustAnchor>(std::move(anchor));
  TRY(auto data_centre, x509::permitted_subtree(claimed.ca));

  http::ClientOptions options;
  TRY(options.peer, authority_peer(shared_anchor, data_centre));
  TRY(const auto authenticated, http::Client::create(service_url, std::move(options)));
  TRY(auto confirmed, ask_for_network(*authenticated));
  if (!(confirmed.ca == claimed.ca)) return fail(ErrorCode::kConflict, "the authority answered with two CAs");
  TRY(auto kept, network::KeptMap::open(map_file, root, clock));
  auto trust = std::make_shared<network::AnchorSource>(
      network::OwnDataCentre{std::move(shared_anchor), data_centre, confirmed.status_url}, std::move(kept));
  return NetworkView{std::move(trust), std::move(confirmed.ca), std::move(data_centre), service_url,
                     std::move(confirmed.status_url)};
}

}  // namespace countersign::merchant
