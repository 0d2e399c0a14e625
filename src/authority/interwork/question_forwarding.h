// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "authority/interwork/foreign_holders.h"
#include "authority/interwork/peer_door.h"
#include "authority/interwork/peer_places.h"
#include "authority/interwork/peers.h"
#include "base/rate_limit.h"
#include "http/router.h"

namespace countersign::authority {

// QuestionForwarding hands on what a purchaser or a merchant asks, with its key, of a data centre that it
// does not speak to: the confirmation of an order, or its receipt. The question is signed, names the data
// centre that is to answer it, and is answered there alone, by whoever judges its signer: on an authority's
// word nothing is given out, and a digest alone opens nothing. Thread-safe.
class QuestionForwarding {
 public:
  // Answers a question for this data centre: a receipt or a confirmation. Blocks.
  using AnswerHere = std::function<Result<Bytes>(BytesView request_cms)>;
  struct Parts {
    x509::Name data_centre;  // our own
    CurrentMap current;
    PeerDoor& door;
    Peers& peers;
    PlacesToWait& places;  // of the threads that would wait for a home
    AnswerHere answer;
    const Clock& clock;
  };
  static constexpr PeerPlaces::Options kUsualPlaces{.all = 128, .of_one = 32};
  explicit QuestionForwarding(Parts parts, PeerPlaces::Options peers = kUsualPlaces)
      : parts_(std::move(parts)), peers_(peers) {}
  ~QuestionForwarding() { stop(); }

  // Hands `request_cms` on to the data centre `audience`, or once over the one that relays for it; answers
  // what it found, a receipt (JSON) or a confirmation (CMS), which nobody has verified. Blocks for as long as
  // a home may take. kForbidden without a map that names that data centre; what verify_signed_document says
  // of a signer who is neither purchaser nor merchant of the network; kRateLimited; kUnavailable where too
  // many wait; kNotFound, kConflict and kForbidden as the home says, and kHomeUnreachable for whatever keeps
  // it from answering.
  Result<Bytes> forward(const x509::Name& audience, BytesView request_cms);
  // Answers POST /v1/peers/holder-requests: what another authority hands on for this data centre; relays once
  // what is for one that is reached through us. Problems: those of PeerDoor and judge_relay; kUnsupported,
  // kMalformed; kForbidden for any question but for a confirmation; kRateLimited, kUnavailable where too many
  // wait; kNotFound for a dead end; those of AnswerHere.
  void receive(http::Request request, const http::Respond& respond);
  // Answers what waits; before what AnswerHere refers to goes.
  void stop() { work_.stop(); }

 private:
  Result<void> try_receive(http::Request request, http::Respond respond);

  const Parts parts_;
  RateLimit per_party_{3600, std::chrono::hours(1)};
  PeerPlaces peers_;
  WorkQueue work_{{.threads = 4, .waiting = 128}};
};

// add_question_routes serves POST /v1/peers/holder-requests. It outlives the server.
void add_question_routes(http::Router& router, QuestionForwarding& forwarding);

}  // namespace countersign::authority
