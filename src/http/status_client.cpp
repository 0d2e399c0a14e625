// SPDX-License-Identifier: Apache-2.0
#include "http/status_client.h"

namespace countersign::http {
namespace {

constexpr std::size_t kMostResponders = 1000;  // as many as a map may name
constexpr std::size_t kLargestResponse = 64 << 10;

}  // namespace

Result<std::shared_ptr<Client>> StatusClient::client_of(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  if (const auto known = clients_.find(origin); known != clients_.end()) return known->second;
  ClientOptions options;
  options.total_timeout = answer_limit_;
  options.max_response = kLargestResponse;
  TRY(auto made, Client::create(origin, std::move(options)));
  if (clients_.size() >= kMostResponders) clients_.clear();
  return clients_.emplace(origin, std::move(made)).first->second;
}

Result<Bytes> StatusClient::ask(const std::string& origin, BytesView request) {
  TRY(const auto client, client_of(origin));
  TRY(auto response, client->post("/ocsp", to_bytes(request), "application/ocsp-request"));
  if (response.status != 200)
    return fail(ErrorCode::kUnavailable, "ocsp: " + origin + " answered " + std::to_string(response.status));
  return std::move(response.body);
}

}  // namespace countersign::http
