// SPDX-License-Identifier: Apache-2.0
#include "http/status_client.h"

#include <algorithm>

namespace countersign::http {
namespace {

constexpr std::size_t kMostResponders = 1000;  // as many as a map may name
constexpr std::size_t kLargestResponse = 64 << 10;

}  // namespace

StatusLimits StatusLimits::for_workers(int worker_threads) {
  return {.at_once = std::max(1, worker_threads / 2), .at_once_of_one = std::max(1, worker_threads / 4)};
}

Result<std::shared_ptr<StatusClient::Way>> StatusClient::way_to(const std::string& origin) {
  const std::lock_guard lock(mutex_);
  if (const auto known = ways_.find(origin); known != ways_.end()) return known->second;
  ClientOptions options;
  options.total_timeout = answer_limit_;
  options.max_response = kLargestResponse;
  TRY(auto client, Client::create(origin, std::move(options)));
  if (ways_.size() >= kMostResponders) ways_.clear();
  const auto way = std::make_shared<Way>(Way{std::move(client), CircuitBreaker(limits_.breaker)});
  return ways_.emplace(origin, way).first->second;
}

Result<void> StatusClient::take_place(Way& way, const std::string& origin) {
  const std::lock_guard lock(mutex_);
  // The last places are for responders of which nothing is asked yet.
  const int left = limits_.at_once - under_way_;
  const bool is_taken = left <= (way.under_way > 0 ? limits_.at_once / 4 : 0);
  if (is_taken || way.under_way >= limits_.at_once_of_one)
    return fail(ErrorCode::kUnavailable, "ocsp: too many questions to " + origin + " are waiting already");
  if (!way.breaker.admits(CircuitBreaker::Moment::clock::now()))
    return fail(ErrorCode::kUnavailable, "ocsp: " + origin + " did not answer, and is asked again soon");
  ++under_way_;
  ++way.under_way;
  return ok();
}

void StatusClient::give_place_back(Way& way, bool answered) noexcept {
  const std::lock_guard lock(mutex_);
  --under_way_;
  --way.under_way;
  if (answered) {
    way.breaker.note_success();
  } else {
    way.breaker.note_failure(CircuitBreaker::Moment::clock::now());
  }
}

Result<Bytes> StatusClient::ask(Client& client, const std::string& origin, BytesView request) const {
  TRY(auto response, client.post("/ocsp", to_bytes(request), "application/ocsp-request"));
  if (response.status != 200)
    return fail(ErrorCode::kUnavailable, "ocsp: " + origin + " answered " + std::to_string(response.status));
  return std::move(response.body);
}

Result<Bytes> StatusClient::ask(const std::string& origin, BytesView request, Responder whose) {
  TRY(const auto way, way_to(origin));
  if (whose == Responder::kOwn) return ask(*way->client, origin, request);
  TRY(take_place(*way, origin));
  struct Place {  // given back however the question ends
    StatusClient& of;
    Way& way;
    bool answered = false;
    ~Place() { of.give_place_back(way, answered); }
  } place{*this, *way};
  auto answer = ask(*way->client, origin, request);
  place.answered = answer.has_value();
  return answer;
}

}  // namespace countersign::http
