// SPDX-License-Identifier: Apache-2.0
#include "authority/interwork/question_forwarding.h"

#include <future>

#include "documents/receipt.h"
#include "documents/request.h"
#include "x509/cms.h"

namespace countersign::authority {
namespace {

// The lane answers once, by itself; this is for a lane that would not.
constexpr std::chrono::seconds kLongestWait{20};

// Who may ask what orders came to: those who sign them.
Result<x509::SignedDocument> verify_partys(BytesView request_cms, const x509::TrustAnchor& anchor,
                                           TimePoint now) {
  auto purchasers = x509::verify_signed_document(request_cms, anchor, x509::Role::kPurchaser, now);
  if (purchasers || purchasers.error().code != ErrorCode::kWrongRole) return purchasers;
  return x509::verify_signed_document(request_cms, anchor, x509::Role::kMerchant, now);
}

// What the home says no to by name, and else its silence.
Error error_of_home(const Error& error, const x509::Name& home) {
  const Error said = relayed_error(error);
  return {said.code, home.text() + ": " + said.detail};
}

http::Response found_response(Bytes found) {
  const bool is_receipt = documents::parse_receipt(found).has_value();
  return http::der_response(200, std::move(found),
                            is_receipt ? documents::kReceiptMediaType : http::kCmsMediaType);
}

// Whom a question is for, before anything is known of its signature.
Result<x509::Name> read_audience(BytesView request_cms) {
  TRY(const auto cms, x509::UnverifiedCms::parse(request_cms));
  TRY(auto request, documents::parse_holder_request(cms.unverified_content()));
  if (request.action != documents::HolderAction::kFindConfirmation)
    return fail(ErrorCode::kForbidden, "holder-request.action: is for the holder's own authority");
  return std::move(request.audience);
}

}  // namespace

Result<Bytes> QuestionForwarding::forward(const x509::Name& audience, BytesView request_cms) {
  const auto view = parts_.current();
  const auto* const home = view ? documents::find_data_centre(view.value()->map, audience) : nullptr;
  if (home == nullptr)
    return fail(ErrorCode::kForbidden,
                "holder-request.audience: neither this data centre nor one known here");
  const TimePoint now = parts_.clock.now();
  TRY(const auto asked, verify_partys(request_cms, *view.value()->anchor, now));
  TRY(per_party_.admit(asked.signer.subject().text(), now));
  TRY(const Route route, route_to(*view.value(), parts_.data_centre, *home));
  const WaitingPlace place(parts_.places);
  if (!place.is_taken())
    return fail(ErrorCode::kUnavailable, "holder-request: too many others wait for other data centres");
  const auto promise = std::make_shared<std::promise<Result<Bytes>>>();
  auto answered = promise->get_future();
  parts_.peers.forward_question(view.value(), route, to_bytes(request_cms),
                                [promise](PeerAnswer got) { promise->set_value(std::move(got.response)); });
  if (answered.wait_for(kLongestWait) != std::future_status::ready)
    return fail(ErrorCode::kHomeUnreachable, home->name.text() + ": no answer");
  auto found = answered.get();
  if (!found) return fail(error_of_home(found.error(), home->name));
  return found;
}

void QuestionForwarding::receive(http::Request request, const http::Respond& respond) {
  const auto begun = try_receive(std::move(request), respond);
  if (!begun) respond(http::problem_response(begun.error()));
}

Result<void> QuestionForwarding::try_receive(http::Request request, http::Respond respond) {
  TRY(const AskingPeer peer, parts_.door.let_in(request));
  if (request.header("Content-Type") != http::kCmsMediaType)
    return fail(ErrorCode::kUnsupported, "peers: Content-Type must be application/pkcs7-mime");
  TRY(const x509::Name audience, read_audience(request.body));
  TRY(auto place, peers_.take(peer.name.text(), std::move(respond)));
  if (audience == parts_.data_centre) {
    return work_.submit([this, place, body = std::move(request.body)] {
      auto found = parts_.answer(body);
      place(found ? found_response(std::move(found).value()) : http::problem_response(found.error()));
    });
  }
  const auto* const home = documents::find_data_centre(peer.view->map, audience);
  if (home == nullptr || !home->through || *home->through != parts_.data_centre)
    return fail(ErrorCode::kNotFound, "dead end: " + audience.text() + " is neither " +
                                          parts_.data_centre.text() +
                                          " nor a data centre that is reached through it");
  TRY(judge_relay(request, *home, peer.name));
  parts_.peers.forward_question(peer.view, Route{home, home, 0}, std::move(request.body),
                                [view = peer.view, place](PeerAnswer got) {
                                  if (!got.response)
                                    return place(http::problem_response(relayed_error(got.response.error())));
                                  place(found_response(std::move(got.response).value()));
                                });
  return ok();
}

void add_question_routes(http::Router& router, QuestionForwarding& forwarding) {
  router.add("POST", kPeerQuestionsPath, [&forwarding](http::Request request, const http::Respond& respond) {
    forwarding.receive(std::move(request), respond);
  });
}

}  // namespace countersign::authority
