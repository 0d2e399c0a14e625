// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "documents/step_needs.h"
#include "x509/cms.h"

// Events: what authority and services state to each other of the steps of a procedure. Each is a CloudEvent
// (CloudEvents 1.0, JSON format) that is signed like every document (docs/protocols/events.md).
namespace countersign::documents {

// Act is one of the two things that can be asked about a step.
enum class Act { kDo, kUndo };
std::string_view act_name(Act act);  // "do", "undo"
std::optional<Act> act_of_name(std::string_view name);

// StepRound says what a request is about, and what a result answers. Subject, step and act are one effect,
// whatever the round: a service brings it about once at most.
struct StepRound {
  std::string subject;          // id of the confirmation that the run is of
  Sha256Digest confirmation{};  // SHA-256 of that confirmation's JSON
  Sha256Digest procedure{};     // SHA-256 of the procedure's JSON
  std::string step;
  Act act = Act::kDo;
  std::int64_t round = 1;  // 1–kMostRounds: asked again after a refusal, or after nobody answered in time
  friend bool operator==(const StepRound&, const StepRound&) = default;
};
inline constexpr std::int64_t kMostRounds = 100;
// event_id of request and result alike: "<subject>/<step>/<act>/<round>". Unique with the source.
std::string event_id(const StepRound& of);

// Detail is what a service tells beyond the outcome: a number of an invoice, of a parcel.
struct Detail {
  std::string name;   // as step names
  std::string value;  // 1–200
  friend bool operator==(const Detail&, const Detail&) = default;
};
inline constexpr std::size_t kMostDetails = 16;
// The member "details": [{"name","value"}], no name twice.
boost::json::array write_details(const std::vector<Detail>& details);
Result<std::vector<Detail>> read_details(ObjectReader& reader);

// GivenResult is what a step takes from the result of one before it; of an undo, from that of its own step.
struct GivenResult {
  std::string step;
  Sha256Digest digest{};  // of the result
  std::string reference;
  std::vector<Detail> details;
  friend bool operator==(const GivenResult&, const GivenResult&) = default;
};

// StepRequest asks a service to do or undo a step: type "countersign.request".
struct StepRequest {
  x509::Name data_centre;  // whose authority asks
  TimePoint time;
  StepRound of;
  std::string reverses;  // of a reversal: id of the confirmation that it takes back; else empty
  x509::Name merchant;
  x509::Name service;               // who is asked
  std::string kind;                 // of that service
  std::string does;                 // the procedure's word for what is asked: "capture"
  TimePoint answer_by;              // later than `time`
  std::vector<Sha256Digest> after;  // results that this rests on, at most kMostBefore
  std::vector<GivenResult> given;
  std::optional<Bytes> extract;  // signed extract (DER), exactly where the fields have an amount
  StepFields fields;
  // 256 random bits: whoever has a result cannot try out addresses and articles against its request's digest.
  Sha256Digest nonce{};
};

enum class Outcome {
  kDone,     // it was done
  kNothing,  // of an undo alone: there was nothing to undo, and the step will not be done any more
  kRefused,  // it was not done
};
std::string_view outcome_name(Outcome outcome);

// StepResult answers one: type "countersign.result".
struct StepResult {
  x509::Name service;
  TimePoint time;
  StepRound of;
  Sha256Digest request{};           // SHA-256 of the request's JSON
  std::vector<Sha256Digest> after;  // as in the request: the chain holds where no request is kept
  Outcome outcome = Outcome::kRefused;
  std::string code;              // refused: why, 1–64 of a–z and _
  std::string reference;         // done: 1–64, where the effect stands in the service's books
  std::optional<Amount> amount;  // done: what was moved
  std::vector<Detail> details;
};

// Notice tells something that nobody answers: type "countersign.notice". Of the authority about a run, or of
// a service about a step of it.
struct Notice {
  x509::Name source;
  TimePoint time;
  std::string subject;
  Sha256Digest confirmation{};
  Sha256Digest procedure{};
  std::int64_t number = 1;  // 1, 2 … of this source about this subject
  std::string step;         // or empty
  std::string code;         // what: 1–64 of a–z and _
  std::vector<Sha256Digest> after;
  std::vector<Detail> details;
};

inline constexpr std::size_t kMostBefore = 64;
inline constexpr std::size_t kMaxEvent = 160 << 10;

// Writers check as the parsers do.
Result<Bytes> write_step_request(const StepRequest& request);
Result<Bytes> write_step_result(const StepResult& result);
Result<Bytes> write_notice(const Notice& notice);
// kMalformed, kTooLarge, kUnsupported for another type of event, kForbidden for fields that a kind may not
// have.
Result<StepRequest> parse_step_request(BytesView json);
Result<StepResult> parse_step_result(BytesView json);
Result<Notice> parse_notice(BytesView json);

// event_digest is how events name each other: of the JSON, since a signature has two forms.
Sha256Digest event_digest(BytesView json);

// A verified event with its digest.
template <typename Content>
struct VerifiedEvent {
  Content content;
  Sha256Digest digest{};
};
// Verified under `anchor` at `at`: a request in the role kConfirmationSigner, by the authority of the data
// centre that it names; a result in the role kService, by the very service. Errors of
// x509::verify_signed_document and of the parsers; kForbidden where somebody speaks for another.
Result<VerifiedEvent<StepRequest>> verify_step_request(BytesView der, const x509::TrustAnchor& anchor,
                                                       TimePoint at);
Result<VerifiedEvent<StepResult>> verify_step_result(BytesView der, const x509::TrustAnchor& anchor,
                                                     TimePoint at);
// A notice of either: judged by the role of who signed it.
Result<VerifiedEvent<Notice>> verify_notice(BytesView der, const x509::TrustAnchor& anchor, TimePoint at);

// check_answers demands that a result is of this request and of who was asked: kConflict, or kForbidden for
// another service. The detail begins with the member that differs.
Result<void> check_answers(const StepResult& result, const VerifiedEvent<StepRequest>& request);

// The URI of a name (RFC 4516): "ldap:///CN=…". The attribute `source` of an event.
std::string source_uri(const x509::Name& name);
Result<x509::Name> name_of_source(std::string_view uri);

}  // namespace countersign::documents
