// SPDX-License-Identifier: Apache-2.0
#include "documents/event.h"

#include <algorithm>
#include <array>

#include "base/percent.h"
#include "crypto/digest.h"
#include "documents/fields.h"
#include "documents/text_rules.h"

namespace countersign::documents {
namespace {

constexpr JsonLimits kEventLimits{.bytes = kMaxEvent, .depth = 6, .members = 4096};
constexpr std::string_view kSpecVersion = "1.0";
constexpr std::string_view kContentType = "application/json";
constexpr std::string_view kRequest = "countersign.request";
constexpr std::string_view kResult = "countersign.result";
constexpr std::string_view kNotice = "countersign.notice";
constexpr std::string_view kSourcePrefix = "ldap:///";
constexpr std::size_t kMaxEventId = 160;
constexpr std::size_t kMaxSource = 4096;
constexpr std::size_t kMaxReference = 64;
constexpr std::size_t kMaxCode = 64;
constexpr std::size_t kMaxDetail = 200;
constexpr std::size_t kMostGiven = 32;
constexpr std::size_t kMaxExtract = 32 << 10;

auto malformed(std::string_view what) {
  return fail(ErrorCode::kMalformed, "event: " + std::string(what));
}

// --- what every event has

struct Envelope {
  std::string_view type;
  std::string id;
  x509::Name source;
  std::string subject;
  TimePoint time;
};

boost::json::object write_envelope(const Envelope& envelope) {
  boost::json::object object = begin_document(envelope.type);
  object["specversion"] = boost::json::string_view(kSpecVersion);
  object["id"] = envelope.id;
  object["source"] = source_uri(envelope.source);
  object["subject"] = envelope.subject;
  object["time"] = format_time(envelope.time);
  object["datacontenttype"] = boost::json::string_view(kContentType);
  return object;
}

Result<void> expect_text(ObjectReader& reader, std::string_view member, std::string_view value) {
  TRY(const std::string text, reader.text(member, value.size()));
  if (text == value) return ok();
  return fail(ErrorCode::kUnsupported, "event." + std::string(member) + ": not " + std::string(value));
}

Result<Envelope> read_envelope(ObjectReader& reader, std::string_view type) {
  TRY(reader.expect(type, 1));
  TRY(expect_text(reader, "specversion", kSpecVersion));
  TRY(std::string id, reader.text("id", kMaxEventId));
  TRY(const std::string uri, reader.text("source", kMaxSource));
  TRY(x509::Name source, name_of_source(uri));
  TRY(std::string subject, read_uuid(reader, "subject", '4'));
  TRY(const TimePoint time, reader.time("time"));
  TRY(expect_text(reader, "datacontenttype", kContentType));
  return Envelope{type, std::move(id), std::move(source), std::move(subject), time};
}

// --- what several have in their data

boost::json::array write_digests(const std::vector<Sha256Digest>& digests) {
  boost::json::array array;
  for (const Sha256Digest& digest : digests) array.emplace_back(hex_encode(digest));
  return array;
}

Result<std::vector<Sha256Digest>> read_digests(ObjectReader& reader, std::string_view member) {
  TRY(const std::vector<std::string> texts,
      reader.texts(member, kMostBefore, 2 * std::tuple_size_v<Sha256Digest>));
  std::vector<Sha256Digest> digests;
  for (const std::string& text : texts) {
    const std::optional<Sha256Digest> digest = digest_of_hex(text);
    if (!digest) return malformed(std::string(member) + ": not 64 lower-case hexadecimal digits");
    if (std::ranges::find(digests, *digest) != digests.end())
      return malformed(std::string(member) + ": one stands twice");
    digests.push_back(*digest);
  }
  return digests;
}

Result<std::string> read_step_name(ObjectReader& reader, std::string_view member) {
  TRY(std::string name, reader.text(member, kMaxDetail));
  if (!is_step_name(name)) return malformed(std::string(member) + ": not a name of a–z, 0–9 and hyphens");
  return name;
}

void put_round(const StepRound& of, boost::json::object& data) {
  data["confirmation"] = hex_encode(of.confirmation);
  data["procedure"] = hex_encode(of.procedure);
  data["step"] = of.step;
  data["act"] = boost::json::string_view(act_name(of.act));
  data["round"] = of.round;
}

// The id must be the one that follows from the rest.
Result<StepRound> read_round(const Envelope& envelope, ObjectReader& data) {
  StepRound of;
  of.subject = envelope.subject;
  TRY(of.confirmation, data.digest("confirmation"));
  TRY(of.procedure, data.digest("procedure"));
  TRY(of.step, read_step_name(data, "step"));
  TRY(const std::string act, data.text("act", 8));
  const std::optional<Act> known = act_of_name(act);
  if (!known) return fail(ErrorCode::kUnsupported, "event.data.act: neither do nor undo");
  of.act = *known;
  TRY(of.round, data.integer("round", 1, kMostRounds));
  if (envelope.id != event_id(of)) return malformed("id: not that of subject, step, act and round");
  return of;
}

Result<std::optional<Amount>> read_amount_or_null(ObjectReader& data) {
  TRY(std::optional<ObjectReader> member, data.object_or_null("amount"));
  if (!member) return std::optional<Amount>();
  TRY(Amount amount, read_whole_amount(std::move(*member)));
  return std::optional(std::move(amount));
}

Result<std::string> read_code(ObjectReader& data) {
  TRY(std::string code, data.text_or_null("code", kMaxCode));
  if (!code.empty() && !is_code(code)) return malformed("code: not of a–z and _");
  return code;
}

// --- request

boost::json::array write_given(const std::vector<GivenResult>& given) {
  boost::json::array array;
  for (const GivenResult& each : given)
    array.push_back(boost::json::object{{"step", each.step},
                                        {"digest", hex_encode(each.digest)},
                                        {"reference", each.reference},
                                        {"details", write_details(each.details)}});
  return array;
}

Result<std::vector<GivenResult>> read_given(ObjectReader& data) {
  TRY(std::vector<ObjectReader> items, data.objects("given", kMostGiven));
  std::vector<GivenResult> given;
  for (ObjectReader& item : items) {
    GivenResult each;
    TRY(each.step, read_step_name(item, "step"));
    TRY(each.digest, item.digest("digest"));
    TRY(each.reference, item.text("reference", kMaxReference));
    TRY(each.details, read_details(item));
    TRY(item.finish());
    if (std::ranges::find(given, each.step, &GivenResult::step) != given.end())
      return malformed("given: a step stands twice");
    given.push_back(std::move(each));
  }
  return given;
}

Result<std::string> read_reverses(ObjectReader& data, const StepRound& of) {
  TRY(std::string reverses, data.text_or_null("reverses", kMaxId));
  if (reverses.empty()) return reverses;
  if (!is_uuid(reverses, '4')) return malformed("reverses: not a lower-case UUID of version 4");
  if (reverses == of.subject) return malformed("reverses: itself");
  if (of.act != Act::kUndo) return malformed("reverses: of a request that undoes nothing");
  return reverses;
}

Result<void> check_request(const StepRequest& request) {
  if (request.answer_by <= request.time) return malformed("answerBy: not after time");
  if (request.extract.has_value() != request.fields.amount.has_value())
    return malformed("extract: with the amount, and never without");
  return ok();
}

// --- result

Result<void> check_result(const StepResult& result) {
  const bool is_done = result.outcome == Outcome::kDone;
  if (is_done == result.reference.empty())
    return malformed("reference: of what was done, and of nothing else");
  if ((result.outcome == Outcome::kRefused) == result.code.empty())
    return malformed("code: of a refusal, and of nothing else");
  if (result.amount && !is_done) return malformed("amount: of what was not done");
  if (result.outcome == Outcome::kNothing && result.of.act != Act::kUndo)
    return malformed("outcome: nothing, of a step that was to be done");
  return ok();
}

Result<Outcome> read_outcome(ObjectReader& data) {
  TRY(const std::string name, data.text("outcome", 16));
  for (const Outcome outcome : {Outcome::kDone, Outcome::kNothing, Outcome::kRefused})
    if (outcome_name(outcome) == name) return outcome;
  return fail(ErrorCode::kUnsupported, "event.data.outcome: not known");
}

// --- notice

std::string notice_id(const Notice& notice) {
  return notice.subject + "/notice/" + std::to_string(notice.number);
}

}  // namespace

std::string_view act_name(Act act) {
  return act == Act::kDo ? "do" : "undo";
}

std::optional<Act> act_of_name(std::string_view name) {
  if (name == "do") return Act::kDo;
  if (name == "undo") return Act::kUndo;
  return std::nullopt;
}

std::string_view outcome_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kDone:
      return "done";
    case Outcome::kNothing:
      return "nothing";
    case Outcome::kRefused:
      return "refused";
  }
  return "";
}

std::string event_id(const StepRound& of) {
  return of.subject + "/" + of.step + "/" + std::string(act_name(of.act)) + "/" + std::to_string(of.round);
}

Sha256Digest event_digest(BytesView json) {
  return crypto::sha256(json);
}

std::string source_uri(const x509::Name& name) {
  return std::string(kSourcePrefix) + percent_encode(name.text(), ",=");
}

Result<x509::Name> name_of_source(std::string_view uri) {
  if (!uri.starts_with(kSourcePrefix)) return malformed("source: not the URI of a name");
  TRY(const std::string text, percent_decode(uri.substr(kSourcePrefix.size())));
  TRY(x509::Name name, name_in_usual_spelling(text, "event.source"));
  if (source_uri(name) != uri) return malformed("source: not the usual spelling");
  return name;
}

boost::json::array write_details(const std::vector<Detail>& details) {
  boost::json::array array;
  for (const Detail& detail : details)
    array.push_back(boost::json::object{{"name", detail.name}, {"value", detail.value}});
  return array;
}

Result<std::vector<Detail>> read_details(ObjectReader& reader) {
  TRY(std::vector<ObjectReader> items, reader.objects("details", kMostDetails));
  std::vector<Detail> details;
  for (ObjectReader& item : items) {
    Detail detail;
    TRY(detail.name, item.text("name", kMaxDetail));
    TRY(detail.value, item.text("value", kMaxDetail));
    TRY(item.finish());
    if (!is_step_name(detail.name)) return malformed("details: a name that is none");
    if (std::ranges::find(details, detail.name, &Detail::name) != details.end())
      return malformed("details: a name stands twice");
    details.push_back(std::move(detail));
  }
  return details;
}

Result<Bytes> write_step_request(const StepRequest& request) {
  boost::json::object object =
      write_envelope({kRequest, event_id(request.of), request.data_centre, request.of.subject, request.time});
  boost::json::object data;
  put_round(request.of, data);
  data["reverses"] = text_or_null(request.reverses);
  data["merchant"] = request.merchant.text();
  data["service"] = request.service.text();
  data["kind"] = request.kind;
  data["does"] = request.does;
  data["answerBy"] = format_time(request.answer_by);
  data["after"] = write_digests(request.after);
  data["given"] = write_given(request.given);
  data["extract"] = nullptr;
  if (request.extract) data["extract"] = base64_encode(*request.extract);
  data["fields"] = write_fields(request.fields);
  data["nonce"] = hex_encode(request.nonce);
  object["data"] = std::move(data);
  Bytes json = to_bytes(write_json(object));
  TRY(parse_step_request(json));
  return json;
}

Result<StepRequest> parse_step_request(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "event", kEventLimits));
  TRY(Envelope envelope, read_envelope(reader, kRequest));
  TRY(ObjectReader data, reader.object("data"));
  TRY(StepRound of, read_round(envelope, data));
  TRY(std::string reverses, read_reverses(data, of));
  TRY(x509::Name merchant, read_name(data, "merchant"));
  TRY(x509::Name service, read_name(data, "service"));
  TRY(std::string kind, read_step_name(data, "kind"));
  TRY(std::string does, read_step_name(data, "does"));
  TRY(const TimePoint answer_by, data.time("answerBy"));
  TRY(std::vector<Sha256Digest> after, read_digests(data, "after"));
  TRY(std::vector<GivenResult> given, read_given(data));
  TRY(std::optional<Bytes> extract, read_base64_or_null(data, "extract", kMaxExtract));
  TRY(StepFields fields, read_fields(data, kind));
  TRY(const Sha256Digest nonce, data.digest("nonce"));
  TRY(data.finish());
  TRY(reader.finish());
  StepRequest request{std::move(envelope.source),
                      envelope.time,
                      std::move(of),
                      std::move(reverses),
                      std::move(merchant),
                      std::move(service),
                      std::move(kind),
                      std::move(does),
                      answer_by,
                      std::move(after),
                      std::move(given),
                      std::move(extract),
                      std::move(fields),
                      nonce};
  TRY(check_request(request));
  return request;
}

Result<Bytes> write_step_result(const StepResult& result) {
  boost::json::object object =
      write_envelope({kResult, event_id(result.of), result.service, result.of.subject, result.time});
  boost::json::object data;
  put_round(result.of, data);
  data["request"] = hex_encode(result.request);
  data["after"] = write_digests(result.after);
  data["outcome"] = boost::json::string_view(outcome_name(result.outcome));
  data["code"] = text_or_null(result.code);
  data["reference"] = text_or_null(result.reference);
  data["amount"] = nullptr;
  if (result.amount) data["amount"] = write_amount(*result.amount);
  data["details"] = write_details(result.details);
  object["data"] = std::move(data);
  Bytes json = to_bytes(write_json(object));
  TRY(parse_step_result(json));
  return json;
}

Result<StepResult> parse_step_result(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "event", kEventLimits));
  TRY(Envelope envelope, read_envelope(reader, kResult));
  TRY(ObjectReader data, reader.object("data"));
  TRY(StepRound of, read_round(envelope, data));
  TRY(const Sha256Digest request, data.digest("request"));
  TRY(std::vector<Sha256Digest> after, read_digests(data, "after"));
  TRY(const Outcome outcome, read_outcome(data));
  TRY(std::string code, read_code(data));
  TRY(std::string reference, data.text_or_null("reference", kMaxReference));
  TRY(std::optional<Amount> amount, read_amount_or_null(data));
  TRY(std::vector<Detail> details, read_details(data));
  TRY(data.finish());
  TRY(reader.finish());
  StepResult result{std::move(envelope.source), envelope.time,     std::move(of),   request,
                    std::move(after),           outcome,           std::move(code), std::move(reference),
                    std::move(amount),          std::move(details)};
  TRY(check_result(result));
  return result;
}

Result<Bytes> write_notice(const Notice& notice) {
  boost::json::object object =
      write_envelope({kNotice, notice_id(notice), notice.source, notice.subject, notice.time});
  boost::json::object data;
  data["confirmation"] = hex_encode(notice.confirmation);
  data["procedure"] = hex_encode(notice.procedure);
  data["number"] = notice.number;
  data["step"] = text_or_null(notice.step);
  data["code"] = notice.code;
  data["after"] = write_digests(notice.after);
  data["details"] = write_details(notice.details);
  object["data"] = std::move(data);
  Bytes json = to_bytes(write_json(object));
  TRY(parse_notice(json));
  return json;
}

Result<Notice> parse_notice(BytesView json) {
  TRY(ObjectReader reader, ObjectReader::parse(json, "event", kEventLimits));
  TRY(Envelope envelope, read_envelope(reader, kNotice));
  TRY(ObjectReader data, reader.object("data"));
  TRY(const Sha256Digest confirmation, data.digest("confirmation"));
  TRY(const Sha256Digest procedure, data.digest("procedure"));
  TRY(const std::int64_t number, data.integer("number", 1, kLargestInteger));
  TRY(std::string step, data.text_or_null("step", kMaxDetail));
  if (!step.empty() && !is_step_name(step)) return malformed("step: not a name");
  TRY(std::string code, data.text("code", kMaxCode));
  if (!is_code(code)) return malformed("code: not of a–z and _");
  TRY(std::vector<Sha256Digest> after, read_digests(data, "after"));
  TRY(std::vector<Detail> details, read_details(data));
  TRY(data.finish());
  TRY(reader.finish());
  Notice notice{std::move(envelope.source),
                envelope.time,
                std::move(envelope.subject),
                confirmation,
                procedure,
                number,
                std::move(step),
                std::move(code),
                std::move(after),
                std::move(details)};
  if (envelope.id != notice_id(notice)) return malformed("id: not that of subject and number");
  return notice;
}

}  // namespace countersign::documents
