// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/peer_desk.h"

#include <algorithm>

#include "base/log.h"

namespace countersign::authority {
namespace {

constexpr std::size_t kShortestNonce = 16;

// Whether the one question of a request is about a certificate that this CA issued.
Result<bool> asks_about(BytesView request, const x509::Certificate& ca) {
  TRY(const x509::OcspRequest asked, x509::parse_ocsp_request(request, ca));
  if (asked.questions.size() != 1)
    return fail(ErrorCode::kMalformed, "peers: a request is about one certificate");
  if (asked.nonce.size() < kShortestNonce)
    return fail(ErrorCode::kMalformed, "peers: a request carries a nonce of 16 octets at least");
  return asked.questions.front().issuer_matches;
}

Result<bool> asks_about(BytesView request, const documents::MappedDataCentre& data_centre) {
  for (const x509::Certificate& ca : data_centre.ca_certificates) {
    TRY(const bool matches, asks_about(request, ca));
    if (matches) return true;
  }
  return false;
}

}  // namespace

void PeerDesk::answer(http::Request request, http::Respond respond) {
  const auto refuse = [&respond](const Error& error) { respond(http::problem_response(error)); };
  const Result<AskingPeer> peer = parts_.door.let_in(request);
  if (!peer) return refuse(peer.error());
  const View& view = peer.value().view;
  if (request.header("Content-Type") != kOcspRequestType)
    return refuse({ErrorCode::kUnsupported, "peers: Content-Type must be application/ocsp-request"});
  const auto home = find_home(request.body, *view);
  if (!home) return refuse(home.error());
  Result<http::Respond> place = places_.take(peer.value().name.text(), respond);
  if (!place) return refuse(place.error());
  if (home.value() != nullptr) {
    if (const auto judged = judge_relay(request, *home.value(), peer.value().name); !judged)
      return refuse(judged.error());
    return relay(view, *home.value(), std::move(request.body), std::move(place).value());
  }
  const auto asked = std::make_shared<const http::Request>(std::move(request));
  const Result<void> taken = own_.submit(
      [this, asked, answer = std::move(place).value()] { answer(parts_.responder.post(*asked)); });
  if (!taken) refuse(taken.error());
}

Result<const documents::MappedDataCentre*> PeerDesk::find_home(BytesView request,
                                                               const network::MapView& view) const {
  TRY(bool is_own, asks_about(request, parts_.ca));
  const documents::MappedDataCentre* const own = documents::find_data_centre(view.map, parts_.data_centre);
  if (!is_own && own != nullptr) {
    TRY(is_own, asks_about(request, *own));
  }
  if (is_own) return nullptr;
  for (const documents::MappedDataCentre& each : view.map.data_centres) {
    if (!each.through || *each.through != parts_.data_centre) continue;
    TRY(const bool is_home, asks_about(request, each));
    if (is_home) return &each;
  }
  return fail(ErrorCode::kNotFound,
              "dead end: the certificate's CA is neither that of " + parts_.data_centre.text() +
                  " nor of a data centre that the network map says is reached through it");
}

void PeerDesk::relay(const View& view, const documents::MappedDataCentre& home, Bytes request,
                     http::Respond respond) {
  const auto began = std::chrono::steady_clock::now();
  parts_.peers.ask(
      view, Route{&home, &home, 0}, std::move(request),
      [view, began, respond = std::move(respond)](PeerAnswer got) {
        if (!got.response) return respond(http::problem_response(relayed_error(got.response.error())));
        http::Response response = http::der_response(200, std::move(got.response).value(), kOcspResponseType);
        const auto took =
            std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
        response.headers[std::string(kHomeTimeHeader)] = std::to_string(took.count());
        respond(std::move(response));
      });
}

void add_peer_routes(http::Router& router, PeerDesk& desk) {
  router.add("POST", kPeerOcspPath, [&desk](http::Request request, http::Respond respond) {
    desk.answer(std::move(request), std::move(respond));
  });
}

std::shared_ptr<const x509::TrustAnchor> anchor_with_map(const std::shared_ptr<const x509::TrustAnchor>& own,
                                                         const network::MapView& view, TimePoint now) {
  std::vector<x509::Certificate> cas = view.anchor->data_centre_cas();
  const auto has = [&cas](const x509::Certificate& ca) { return std::ranges::find(cas, ca) != cas.end(); };
  if (view.anchor->root() == own->root()) {
    for (const x509::Certificate& ca : own->data_centre_cas())
      if (!has(ca)) cas.push_back(ca);
  } else if (const x509::Certificate& present = own->data_centre_cas().front();
             std::ranges::none_of(cas, [&](const x509::Certificate& mapped) {
               return mapped.public_key() == present.public_key();
             })) {
    log_event(LogLevel::kWarning, "map_of_another_root");
    return own;
  }
  std::erase_if(cas,
                [now](const x509::Certificate& ca) { return now < ca.not_before() || ca.not_after() < now; });
  auto anchor = x509::TrustAnchor::create(view.anchor->root(), std::move(cas), now);
  if (anchor) return std::make_shared<const x509::TrustAnchor>(std::move(anchor).value());
  log_error("map_anchor_failed", anchor.error());
  return own;
}

}  // namespace countersign::authority
