// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <chrono>
#include <memory>
#include <mutex>
#include <optional>

#include "authority/interwork/route.h"
#include "base/clock.h"
#include "documents/status_feed.h"
#include "http/client.h"

namespace countersign::authority {

// How long a peer may take. The times are those of the whole exchange, so that no peer gains by sending one
// byte at a time; a relay gets longer than it gives the home itself.
struct PeerLimits {
  std::chrono::milliseconds connect{1000};
  std::chrono::milliseconds answer{2500};
  std::chrono::milliseconds relayed_answer{5000};
  // A decision about an order, for which the home may ask homes itself.
  std::chrono::milliseconds decision{12'000};
  std::chrono::milliseconds relayed_decision{13'000};
};

// What came of one question.
struct PeerAnswer {
  // Of `ask` one well-formed OCSPResponse, of which nothing else is known; of `ask_feed` and
  // `forward_order` one such CMS message, of `forward_question` one or a receipt. Errors: kUnavailable and
  // those of the peer's TLS certificate, kMalformed, kTooLarge and kUnsupported for what is no such response,
  // and the code of the problem that the peer names.
  Result<Bytes> response;
  // Where it is the peer that does not work, rather than something that it says no to.
  enum class Peer { kWorks, kFails };
  Peer peer = Peer::kWorks;
  // How long the home took, as the relay says; of relayed questions alone.
  std::optional<std::chrono::microseconds> at_home = {};
};

// The header in which a relay says so, in whole microseconds.
inline constexpr std::string_view kHomeTimeHeader = "countersign-home-microseconds";
inline constexpr std::string_view kPeerOcspPath = "/v1/peers/ocsp";
inline constexpr std::string_view kPeerFeedPath = "/v1/peers/status-feed";
inline constexpr std::string_view kPeerOrdersPath = "/v1/peers/orders";
inline constexpr std::string_view kPeerQuestionsPath = "/v1/peers/holder-requests";
inline constexpr std::string_view kOcspRequestType = "application/ocsp-request";
inline constexpr std::string_view kOcspResponseType = "application/ocsp-response";

// PeerClient speaks to the authority of one data centre: at the URL that the map names and at no other, TLS
// 1.3 with both certificates, connections kept alive, no redirect followed, at most 8 KiB of an answer by
// OCSP and a page of the status feed's. The peer is that data centre exactly if identify_peer says so; its
// host must stand in its certificate, too, and its certificate must be good by a stapled status of its own
// authority. Thread-safe; blocks.
class PeerClient {
 public:
  // `identity` is our certificate of role authority-server. `view` is kept; `clock` outlives the client.
  static Result<std::unique_ptr<PeerClient>> open(std::shared_ptr<const network::MapView> view,
                                                  const documents::MappedDataCentre& peer, int hops,
                                                  const x509::Signer& identity, const Clock& clock,
                                                  const PeerLimits& limits = {});

  // Asks for the status of one certificate; `request` is an OCSPRequest in DER.
  PeerAnswer ask(BytesView request);
  // Asks for a page of a status feed; `request` is a StatusFeedRequest as JSON, `wait` what it says of
  // waiting, and the peer gets so much more time. Over connections of its own.
  PeerAnswer ask_feed(BytesView request, std::chrono::milliseconds wait);

  // Hands on a ForwardedOrder in JSON; answers one CMS message, the decision.
  PeerAnswer forward_order(BytesView forwarded);

  // Hands on a HolderRequest, signed (CMS); answers the receipt of a confirmation, or the confirmation alone.
  PeerAnswer forward_question(BytesView request_cms);

  const std::shared_ptr<const network::MapView>& view() const { return view_; }

 private:
  PeerClient(std::shared_ptr<const network::MapView> view, std::string peer, std::string url, int hops,
             http::ClientOptions options, std::chrono::milliseconds decision,
             std::unique_ptr<http::Client> client)
      : view_(std::move(view)),
        peer_(std::move(peer)),
        url_(std::move(url)),
        hops_(hops),
        options_(std::move(options)),
        decision_(decision),
        client_(std::move(client)) {}
  // An answer is of `answer_type` or, where that is wanted rather, of `wanted`.
  PeerAnswer post(http::Client& client, std::string_view path, BytesView body, std::string_view type,
                  std::string_view answer_type, std::string_view wanted = {}) const;
  // Over the client of `kept`, which is made where there is none: at most so many octets, in that time.
  PeerAnswer post_for_cms(std::unique_ptr<http::Client>& kept, std::string_view path, BytesView json,
                          std::size_t most, std::chrono::milliseconds limit);
  Result<http::Client*> client_with(std::unique_ptr<http::Client>& kept, std::size_t most,
                                    std::chrono::milliseconds limit);

  const std::shared_ptr<const network::MapView> view_;
  const std::string peer_;  // its name, for details
  const std::string url_;
  const int hops_;
  const http::ClientOptions options_;
  const std::chrono::milliseconds decision_;
  const std::unique_ptr<http::Client> client_;
  std::mutex mutex_;                                           // guards what follows, not what the clients do
  std::array<std::unique_ptr<http::Client>, 2> feed_clients_;  // without and with time to wait, once needed
  std::unique_ptr<http::Client> order_client_, question_client_;  // once needed
};

}  // namespace countersign::authority
