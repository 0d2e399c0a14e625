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

Result<int> hops_of(const http::Request& request) {
  const std::string_view text = request.header(kHopsHeader);
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '0' + kMostHops) return text[0] - '0';
  return fail(ErrorCode::kMalformed,
              "peers: " + std::string(kHopsHeader) + " must be 0 to " + std::to_string(kMostHops));
}

// What the home itself says no to is handed on by name; everything else is its silence.
Error relayed_error(const Error& error) {
  const bool is_answer = error.code == ErrorCode::kNotFound || error.code == ErrorCode::kConflict ||
                         error.code == ErrorCode::kForbidden;
  return {is_answer ? error.code : ErrorCode::kHomeUnreachable, "relayed: " + error.detail};
}

}  // namespace

void PeerDesk::answer(http::Request request, http::Respond respond) {
  const auto refuse = [&respond](const Error& error) { respond(http::problem_response(error)); };
  if (!request.client_certificate)
    return refuse({ErrorCode::kUnauthenticated, "peers: an authority's TLS certificate is needed"});
  const auto current = parts_.current();
  if (!current) return refuse({current.error().code, "peers: no network map: " + current.error().detail});
  const View& view = current.value();
  const Result<x509::Name> peer = authenticate(request, view);
  if (!peer) return refuse(peer.error());
  if (request.header("Content-Type") != kOcspRequestType)
    return refuse({ErrorCode::kUnsupported, "peers: Content-Type must be application/ocsp-request"});
  const auto home = find_home(request.body, *view);
  if (!home) return refuse(home.error());
  if (home.value() != nullptr) {
    if (const auto judged = judge_relay(request, *home.value(), peer.value()); !judged)
      return refuse(judged.error());
    return relay(view, *home.value(), std::move(request.body), std::move(respond));
  }
  const auto asked = std::make_shared<const http::Request>(std::move(request));
  const Result<void> taken = own_.submit([this, asked, respond] { respond(parts_.responder.post(*asked)); });
  if (!taken) refuse(taken.error());
}

Result<x509::Name> PeerDesk::authenticate(const http::Request& request, const View& view) {
  TRY(x509::Name peer, identify(request, view));
  const documents::MappedDataCentre* const asking = documents::find_data_centre(view->map, peer);
  if (asking == nullptr || network::has_retired(*asking, parts_.clock.now()))
    return fail(ErrorCode::kForbidden, "peers: " + peer.text() + " has retired");
  return peer;
}

// Anew when the map changed: connections outlive maps.
Result<x509::Name> PeerDesk::identify(const http::Request& request, const View& view) {
  const x509::Certificate& certificate = *request.client_certificate;
  const std::string key(as_text(certificate.fingerprint()));
  if (parts_.clock.now() > certificate.not_after())
    return fail(ErrorCode::kForbidden, "peers: the certificate of the asking authority is over");
  {
    const std::lock_guard lock(mutex_);
    if (known_by_ != view) known_.clear();
    known_by_ = view;
    if (auto known = known_.find(key)) return std::move(*known);
  }
  const auto peer = identify_peer(*view, certificate, parts_.clock.now());
  if (!peer)
    return fail(ErrorCode::kForbidden,
                "peers: only authorities of the network map ask: " + peer.error().detail);
  const std::lock_guard lock(mutex_);
  if (known_by_ == view) known_.put(key, peer.value()->name);
  return peer.value()->name;
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

Result<void> PeerDesk::judge_relay(const http::Request& request, const documents::MappedDataCentre& home,
                                   const x509::Name& peer) const {
  TRY(const int hops, hops_of(request));
  if (home.name == peer)
    return fail(ErrorCode::kConflict, "loop: " + peer.text() + " asks about its own subscribers");
  if (hops == 0)
    return fail(ErrorCode::kConflict, "no relay is left that this question may pass on the way to " +
                                          home.name.text() + ": who asks has another network map");
  return ok();
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
  } else if (!std::ranges::all_of(own->data_centre_cas(), [&](const x509::Certificate& ca) {
               return std::ranges::any_of(
                   cas, [&](const auto& mapped) { return mapped.public_key() == ca.public_key(); });
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
