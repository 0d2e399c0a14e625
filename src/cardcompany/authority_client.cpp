// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/authority_client.h"

#include "http/client.h"
#include "network/authority_name.h"

namespace countersign::cardcompany {

Result<Bytes> fetch_network_map(const std::string& service_url, const network::AnchorSource& trust) {
  http::PeerCheck authority;
  authority.anchor = trust.current();
  authority.role = x509::Role::kAuthorityServer;
  TRY(authority.expected_subject, network::authority_server_name(trust.data_centre()));
  http::ClientOptions options;
  options.peer = std::move(authority);
  options.max_response = documents::kMaxSignedNetworkMap;
  TRY(const auto client, http::Client::create(service_url, std::move(options)));
  TRY(auto response, client->get("/v1/network/map"));
  if (response.status != 200) return fail(http::error_of(response), "network map");
  return std::move(response.body);
}

}  // namespace countersign::cardcompany
