// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/authority_client.h"

#include "http/client.h"

namespace countersign::cardcompany {

Result<Bytes> fetch_network_map(const std::string& service_url, const network::AnchorSource& trust) {
  http::ClientOptions options;
  options.inspect_peer = [&trust](const std::vector<Bytes>& chain) {
    return trust.expect_own_authority(chain);
  };
  options.max_response = documents::kMaxSignedNetworkMap;
  TRY(const auto client, http::Client::create(service_url, std::move(options)));
  TRY(auto response, client->get("/v1/network/map"));
  if (response.status != 200) return fail(http::error_of(response), "network map");
  return std::move(response.body);
}

}  // namespace countersign::cardcompany
