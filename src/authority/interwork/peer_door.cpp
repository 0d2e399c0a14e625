// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/peer_door.h"

namespace countersign::authority {
namespace {

Result<int> hops_of(const http::Request& request) {
  const std::string_view text = request.header(kHopsHeader);
  if (text.size() == 1 && text[0] >= '0' && text[0] <= '0' + kMostHops) return text[0] - '0';
  return fail(ErrorCode::kMalformed,
              "peers: " + std::string(kHopsHeader) + " must be 0 to " + std::to_string(kMostHops));
}

}  // namespace

Result<AskingPeer> PeerDoor::let_in(const http::Request& request) {
  if (!request.client_certificate)
    return fail(ErrorCode::kUnauthenticated, "peers: an authority's TLS certificate is needed");
  Result<View> current = current_();
  if (!current) return fail(current.error().code, "peers: no network map: " + current.error().detail);
  TRY(x509::Name name, identify(request, current.value()));
  const documents::MappedDataCentre* const asking = documents::find_data_centre(current.value()->map, name);
  if (asking == nullptr || network::has_retired(*asking, clock_.now()))
    return fail(ErrorCode::kForbidden, "peers: " + name.text() + " has retired");
  return AskingPeer{std::move(current).value(), std::move(name)};
}

// Anew when the map changed: connections outlive maps.
Result<x509::Name> PeerDoor::identify(const http::Request& request, const View& view) {
  const x509::Certificate& certificate = *request.client_certificate;
  const std::string key(as_text(certificate.fingerprint()));
  if (clock_.now() > certificate.not_after())
    return fail(ErrorCode::kForbidden, "peers: the certificate of the asking authority is over");
  {
    const std::lock_guard lock(mutex_);
    if (known_by_ != view) known_.clear();
    known_by_ = view;
    if (auto known = known_.find(key)) return std::move(*known);
  }
  const auto peer = identify_peer(*view, certificate, clock_.now());
  if (!peer)
    return fail(ErrorCode::kForbidden,
                "peers: only authorities of the network map ask: " + peer.error().detail);
  const std::lock_guard lock(mutex_);
  if (known_by_ == view) known_.put(key, peer.value()->name);
  return peer.value()->name;
}

Result<void> judge_relay(const http::Request& request, const documents::MappedDataCentre& home,
                         const x509::Name& peer) {
  TRY(const int hops, hops_of(request));
  if (home.name == peer)
    return fail(ErrorCode::kConflict, "loop: " + peer.text() + " asks about its own subscribers");
  if (hops == 0)
    return fail(ErrorCode::kConflict, "no relay is left that this question may pass on the way to " +
                                          home.name.text() + ": who asks has another network map");
  return ok();
}

Error relayed_error(const Error& error) {
  const bool is_answer = error.code == ErrorCode::kNotFound || error.code == ErrorCode::kConflict ||
                         error.code == ErrorCode::kForbidden;
  return {is_answer ? error.code : ErrorCode::kHomeUnreachable, "relayed: " + error.detail};
}

}  // namespace countersign::authority
