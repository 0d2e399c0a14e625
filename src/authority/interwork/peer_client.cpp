// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/peer_client.h"

#include <charconv>

#include "authority/interwork/ocsp_shape.h"
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
  TRY(auto client, http::Client::create(peer.service_url, std::move(options)));
  return std::unique_ptr<PeerClient>(
      new PeerClient(std::move(view), peer.name.text(), hops, std::move(client)));
}

PeerAnswer PeerClient::ask(BytesView request) {
  using Peer = PeerAnswer::Peer;
  http::Request asked;
  asked.method = "POST";
  asked.path = kPeerOcspPath;
  asked.headers["Content-Type"] = kOcspRequestType;
  asked.headers[std::string(kHopsHeader)] = std::to_string(hops_);
  asked.body = to_bytes(request);
  Result<http::Response> answer = client_->send(asked);
  if (!answer) return {fail(answer.error(), peer_), Peer::kFails};
  http::Response& response = answer.value();
  if (response.status != 200) {
    const Error problem = http::error_of(response);
    return {fail(problem.code, peer_ + " answers " + std::string(error_name(problem.code)) + ": " +
                                   documents::to_plain_text(problem.detail, kMostDetail)),
            is_failure(problem.code) ? Peer::kFails : Peer::kWorks};
  }
  if (response.header("Content-Type") != kOcspResponseType)
    return {fail(ErrorCode::kUnsupported, peer_ + ": its answer is not application/ocsp-response"),
            Peer::kFails};
  if (const Result<void> shape = expect_ocsp_response(response.body); !shape)
    return {fail(shape.error(), peer_), Peer::kFails};
  const auto at_home = hops_ > 0 ? time_at_home(response) : std::nullopt;
  return {std::move(response.body), Peer::kWorks, at_home};
}

}  // namespace countersign::authority
