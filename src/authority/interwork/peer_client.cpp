// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/peer_client.h"

#include <charconv>

#include "authority/interwork/ocsp_shape.h"
#include "documents/receipt.h"
#include "documents/text_rules.h"

namespace countersign::authority {
namespace {

constexpr std::size_t kMostDetail = 200;  // of a problem that a peer states

// A clock that somebody else keeps alive.
std::shared_ptr<const Clock> borrowed(const Clock& clock) {
  return {std::shared_ptr<const Clock>(), &clock};
}

// Before a request is sent; verify_path, host and stapled status are judged beside it.
Result<void> expect_peer(const network::MapView& view, const x509::Name& expected,
                         const std::vector<Bytes>& chain, TimePoint now) {
  if (chain.empty()) return fail(ErrorCode::kUnauthenticated, "peer: no certificate");
  TRY(const x509::Certificate certificate, x509::Certificate::from_der(chain.front()));
  TRY(const documents::MappedDataCentre* const peer, identify_peer(view, certificate, now));
  if (peer->name == expected) return ok();
  return fail(ErrorCode::kWrongOrigin,
              "peer: speaks for " + peer->name.text() + ", not for " + expected.text());
}

// Those that say that something cannot be had now; another problem is an answer like any other.
bool is_failure(ErrorCode code) {
  return code == ErrorCode::kUnavailable || code == ErrorCode::kInternal || code == ErrorCode::kStorageFull;
}

std::optional<std::chrono::microseconds> time_at_home(const http::Response& response) {
  const std::string_view text = response.header(kHomeTimeHeader);
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::chrono::microseconds(value);
}

}  // namespace

Result<std::unique_ptr<PeerClient>> PeerClient::open(std::shared_ptr<const network::MapView> view,
                                                     const documents::MappedDataCentre& peer, int hops,
                                                     const x509::Signer& identity, const Clock& clock,
                                                     const PeerLimits& limits) {
  http::ClientOptions options;
  options.peer = http::PeerCheck{.anchor = view->anchor,
                                 .role = x509::Role::kAuthorityServer,
                                 .expected_subject = {},
                                 .require_stapled_status = true,
                                 .clock = borrowed(clock)};
  options.identity = identity;
  options.connect_timeout = limits.connect;
  options.total_timeout = hops > 0 ? limits.relayed_answer : limits.answer;
  options.max_response = kLargestOcspResponse;
  options.inspect_peer = [view, name = peer.name, &clock](const std::vector<Bytes>& chain) {
    return expect_peer(*view, name, chain, clock.now());
  };
  TRY(auto client, http::Client::create(peer.service_url, options));
  return std::unique_ptr<PeerClient>(
      new PeerClient(std::move(view), peer.name.text(), peer.service_url, hops, std::move(options),
                     hops > 0 ? limits.relayed_decision : limits.decision, std::move(client)));
}

PeerAnswer PeerClient::ask(BytesView request) {
  PeerAnswer answer = post(*client_, kPeerOcspPath, request, kOcspRequestType, kOcspResponseType);
  if (!answer.response) return answer;
  if (const Result<void> shape = expect_ocsp_response(answer.response.value()); !shape)
    return {fail(shape.error(), peer_), PeerAnswer::Peer::kFails};
  return answer;
}

PeerAnswer PeerClient::ask_feed(BytesView request, std::chrono::milliseconds wait) {
  const bool waits = wait.count() > 0;
  return post_for_cms(
      feed_clients_.at(waits ? 1 : 0), kPeerFeedPath, request, documents::kMaxSignedStatusFeedPage,
      options_.total_timeout + (waits ? documents::kMostFeedWait : std::chrono::milliseconds(0)));
}

PeerAnswer PeerClient::forward_order(BytesView forwarded) {
  return post_for_cms(order_client_, kPeerOrdersPath, forwarded, x509::kUsualCmsLimit, decision_);
}

PeerAnswer PeerClient::forward_question(BytesView request_cms) {
  const Result<http::Client*> client = client_with(question_client_, documents::kMaxReceipt, decision_);
  if (!client) return {fail(client.error(), peer_), PeerAnswer::Peer::kFails};
  PeerAnswer answer = post(*client.value(), kPeerQuestionsPath, request_cms, http::kCmsMediaType,
                           http::kCmsMediaType, documents::kReceiptMediaType);
  if (!answer.response) return answer;
  const Bytes& found = answer.response.value();
  if (documents::parse_receipt(found)) return answer;
  if (const auto message = x509::UnverifiedCms::parse(found); !message)
    return {fail(message.error(), peer_), PeerAnswer::Peer::kFails};
  return answer;
}

PeerAnswer PeerClient::post_for_cms(std::unique_ptr<http::Client>& kept, std::string_view path,
                                    BytesView json, std::size_t most, std::chrono::milliseconds limit) {
  const Result<http::Client*> client = client_with(kept, most, limit);
  if (!client) return {fail(client.error(), peer_), PeerAnswer::Peer::kFails};
  PeerAnswer answer = post(*client.value(), path, json, http::kJsonMediaType, http::kCmsMediaType);
  if (!answer.response) return answer;
  if (const auto message = x509::UnverifiedCms::parse(answer.response.value(), most); !message)
    return {fail(message.error(), peer_), PeerAnswer::Peer::kFails};
  return answer;
}

Result<http::Client*> PeerClient::client_with(std::unique_ptr<http::Client>& kept, std::size_t most,
                                              std::chrono::milliseconds limit) {
  const std::lock_guard lock(mutex_);
  if (kept) return kept.get();
  http::ClientOptions options = options_;
  options.max_response = most;
  options.total_timeout = limit;
  TRY(kept, http::Client::create(url_, std::move(options)));
  return kept.get();
}

PeerAnswer PeerClient::post(http::Client& client, std::string_view path, BytesView body,
                            std::string_view type, std::string_view answer_type,
                            std::string_view wanted) const {
  using Peer = PeerAnswer::Peer;
  http::Request asked;
  asked.method = "POST";
  asked.path = path;
  asked.headers["Content-Type"] = type;
  asked.headers[std::string(kHopsHeader)] = std::to_string(hops_);
  if (!wanted.empty()) asked.headers["Accept"] = wanted;
  asked.body = to_bytes(body);
  Result<http::Response> answer = client.send(asked);
  if (!answer) return {fail(answer.error(), peer_), Peer::kFails};
  http::Response& response = answer.value();
  if (response.status != 200) {
    const Error problem = http::error_of(response);
    return {fail(problem.code, peer_ + " answers " + std::string(error_name(problem.code)) + ": " +
                                   documents::to_plain_text(problem.detail, kMostDetail)),
            is_failure(problem.code) ? Peer::kFails : Peer::kWorks};
  }
  const std::string_view stated = response.header("Content-Type");
  if (stated != answer_type && (wanted.empty() || stated != wanted))
    return {fail(ErrorCode::kUnsupported, peer_ + ": its answer is not " + std::string(answer_type)),
            Peer::kFails};
  const auto at_home = hops_ > 0 ? time_at_home(response) : std::nullopt;
  return {std::move(response.body), Peer::kWorks, at_home};
}

}  // namespace countersign::authority
