// SPDX-License-Identifier: Apache-2.0
#include "documents/event.h"

#include "documents/procedure_samples.h"
#include "x509/sample_network.h"

namespace countersign::documents {
namespace {

using boost::json::array;
using boost::json::object;

constexpr std::string_view kSubject = "f3d1c2b4-5a69-4788-9abc-def012345678";

StepRound sample_round() {
  return {std::string(kSubject), {4}, {8}, "charge", Act::kDo, 1};
}

StepRequest sample_request() {
  return {.data_centre = sample_data_centre(),
          .time = parse_time("2026-11-22T08:31:00Z").value(),
          .of = sample_round(),
          .reverses = {},
          .merchant = sample_merchant().subject,
          .service = sample_service("Card Desk"),
          .kind = std::string(kChargingKind),
          .does = "capture",
          .answer_by = parse_time("2026-11-22T08:41:00Z").value(),
          .after = {{9}},
          .given = {{"check", {9}, "r-1", {{"number", "17"}}}},
          .extract = to_bytes(std::string_view("an extract")),
          .fields = {.amount = Amount{62000, "KRW"},
                     .authorization = Review{{6}, "a-1"},
                     .articles = {},
                     .lines = {},
                     .delivery = {},
                     .billing = {},
                     .referrer = {}},
          .nonce = {7}};
}

StepResult sample_result() {
  return {.service = sample_service("Card Desk"),
          .time = parse_time("2026-11-22T08:32:00Z").value(),
          .of = sample_round(),
          .request = event_digest(write_step_request(sample_request()).value()),
          .after = {{9}},
          .outcome = Outcome::kDone,
          .code = {},
          .reference = "m-4711",
          .amount = Amount{62000, "KRW"},
          .details = {{"slip", "4711"}}};
}

Notice sample_notice() {
  return {.source = sample_service("Parcels"),
          .time = parse_time("2026-11-23T08:31:00Z").value(),
          .subject = std::string(kSubject),
          .confirmation = {4},
          .procedure = {8},
          .number = 3,
          .step = "ship",
          .code = "out_for_delivery",
          .after = {{9}},
          .details = {{"parcel", "KR-1"}}};
}

object& data(object& event) {
  return event["data"].get_object();
}
object& fields(object& event) {
  return data(event)["fields"].get_object();
}

TEST(StepRequestEvent, IsACloudEvent) {
  const std::string json = to_text(write_step_request(sample_request()).value());
  EXPECT_THAT(json, testing::StartsWith(
                        R"({"type":"countersign.request","version":1,"specversion":"1.0",)"
                        R"("id":"f3d1c2b4-5a69-4788-9abc-def012345678/charge/do/1",)"
                        R"("source":"ldap:///OU=seoul-1,OU=kr,O=Countersign%20Demo",)"
                        R"("subject":"f3d1c2b4-5a69-4788-9abc-def012345678","time":"2026-11-22T08:31:00Z",)"
                        R"("datacontenttype":"application/json","data":{"confirmation":"04)"));
}

TEST(StepRequestEvent, ReadsBackAsItWasWritten) {
  const Bytes json = write_step_request(sample_request()).value();
  const auto read = parse_step_request(json);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(write_step_request(read.value()).value(), json);
  EXPECT_EQ(read.value().of, sample_round());
  EXPECT_EQ(read.value().given, sample_request().given);
  expect_exact_members(json, parse_step_request);

  StepRequest reversal = sample_request();
  reversal.of.act = Act::kUndo;
  reversal.reverses = "0d2f8a51-7b3c-4e6d-8f90-a1b2c3d4e5f6";
  EXPECT_EQ(parse_step_request(write_step_request(reversal).value()).value().reverses, reversal.reverses);
}

TEST(StepRequestEvent, RefusesWhatIsNotOne) {
  using enum ErrorCode;
  expect_refusals(
      write_step_request(sample_request()).value(), parse_step_request,
      {{"a result", [](auto& o) { o["type"] = "countersign.result"; }, kUnsupported, "type"},
       {"another CloudEvents", [](auto& o) { o["specversion"] = "0.3"; }, kUnsupported, "specversion"},
       {"data of another type", [](auto& o) { o["datacontenttype"] = "application/xml+"; }, kUnsupported,
        "datacontenttype"},
       {"an id of another round", [](auto& o) { data(o)["round"] = 2; }, kMalformed, "id"},
       {"an id of another step", [](auto& o) { data(o)["step"] = "ship"; }, kMalformed, "id"},
       {"an id of another subject", [](auto& o) { o["subject"] = "0d2f8a51-7b3c-4e6d-8f90-a1b2c3d4e5f6"; },
        kMalformed, "id"},
       {"a subject that is no confirmation", [](auto& o) { o["subject"] = "all"; }, kMalformed, "subject"},
       {"a source that is no name", [](auto& o) { o["source"] = "https://authority.example"; }, kMalformed,
        "source"},
       {"a source spelt otherwise", [](auto& o) { o["source"] = "ldap:///%4FU=seoul-1,O=x"; }, kMalformed,
        "source"},
       {"a third act", [](auto& o) { data(o)["act"] = "redo"; }, kUnsupported, "act"},
       {"round 0", [](auto& o) { data(o)["round"] = 0; }, kMalformed, "round"},
       {"round 101", [](auto& o) { data(o)["round"] = 101; }, kMalformed, "round"},
       {"a reversal that does something",
        [](auto& o) { data(o)["reverses"] = "0d2f8a51-7b3c-4e6d-8f90-a1b2c3d4e5f6"; }, kMalformed,
        "reverses"},
       {"no time to answer", [](auto& o) { data(o)["answerBy"] = o["time"]; }, kMalformed, "answerBy"},
       {"a digest that stands twice",
        [](auto& o) { data(o)["after"].get_array().push_back(data(o)["after"].get_array()[0]); }, kMalformed,
        "after"},
       {"a digest in capitals",
        [](auto& o) { data(o)["after"] = array{boost::json::value(std::string(64, 'A'))}; }, kMalformed,
        "after"},
       {"too many before it",
        [](auto& o) { data(o)["after"] = array(65, boost::json::value(std::string(64, 'a'))); }, kTooLarge,
        "after"},
       {"a step given twice",
        [](auto& o) { data(o)["given"].get_array().push_back(data(o)["given"].get_array()[0]); }, kMalformed,
        "given"},
       {"an amount without extract", [](auto& o) { data(o)["extract"] = nullptr; }, kMalformed, "extract"},
       {"an extract for who gets no amount", [](auto& o) { fields(o).erase("amount"); }, kMalformed,
        "extract"},
       {"lines for charging", [](auto& o) { fields(o)["lines"] = array(); }, kForbidden, "lines"},
       {"an address for charging", [](auto& o) { fields(o)["delivery"] = object(); }, kForbidden, "delivery"},
       {"a price for logistics", [](auto& o) { data(o)["kind"] = "logistics"; }, kForbidden, "amount"},
       {"a field that nobody knows", [](auto& o) { fields(o)["pin"] = "1234"; }, kMalformed, "pin"},
       {"an amount below zero", [](auto& o) { fields(o)["amount"].get_object()["minorUnits"] = -1; },
        kMalformed, "minorUnits"}});
}

TEST(StepResultEvent, ReadsBackAsItWasWritten) {
  StepResult result = sample_result();
  const Bytes json = write_step_result(result).value();
  const auto read = parse_step_result(json);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(write_step_result(read.value()).value(), json);
  EXPECT_EQ(read.value().amount, result.amount);
  EXPECT_EQ(read.value().details, result.details);
  expect_exact_members(json, parse_step_result);

  result.outcome = Outcome::kRefused;
  result.reference.clear();
  result.amount.reset();
  result.code = "authorization_expired";
  EXPECT_EQ(parse_step_result(write_step_result(result).value()).value().code, result.code);
}

TEST(StepResultEvent, RefusesWhatIsNotOne) {
  using enum ErrorCode;
  expect_refusals(
      write_step_result(sample_result()).value(), parse_step_result,
      {{"a request", [](auto& o) { o["type"] = "countersign.request"; }, kUnsupported, "type"},
       {"success without a trace", [](auto& o) { data(o)["reference"] = nullptr; }, kMalformed, "reference"},
       {"success and a reason", [](auto& o) { data(o)["code"] = "declined"; }, kMalformed, "code"},
       {"a refusal without a reason",
        [](auto& o) {
          data(o)["outcome"] = "refused";
          data(o)["reference"] = nullptr;
        },
        kMalformed, "code"},
       {"a refusal that has an effect",
        [](auto& o) {
          data(o)["outcome"] = "refused";
          data(o)["code"] = "declined";
        },
        kMalformed, "reference"},
       {"money moved by a refusal",
        [](auto& o) {
          data(o)["outcome"] = "refused";
          data(o)["code"] = "declined";
          data(o)["reference"] = nullptr;
        },
        kMalformed, "amount"},
       {"nothing, where something was to be done",
        [](auto& o) {
          data(o)["outcome"] = "nothing";
          data(o)["reference"] = nullptr;
          data(o)["amount"] = nullptr;
        },
        kMalformed, "outcome"},
       {"a fourth outcome", [](auto& o) { data(o)["outcome"] = "soon"; }, kUnsupported, "outcome"},
       {"a reason in words", [](auto& o) { data(o)["code"] = "Not today"; }, kMalformed, "code"},
       {"a detail that stands twice",
        [](auto& o) { data(o)["details"].get_array().push_back(data(o)["details"].get_array()[0]); },
        kMalformed, "details"},
       {"too many details",
        [](auto& o) { data(o)["details"] = array(17, data(o)["details"].get_array()[0]); }, kTooLarge,
        "details"},
       {"a detail with a line feed",
        [](auto& o) { data(o)["details"].get_array()[0].get_object()["value"] = "a\nb"; }, kMalformed, ""}});
}

TEST(NoticeEvent, ReadsBackAndRefusesWhatIsNotOne) {
  using enum ErrorCode;
  const Bytes json = write_notice(sample_notice()).value();
  const auto read = parse_notice(json);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(write_notice(read.value()).value(), json);
  expect_exact_members(json, parse_notice);
  expect_refusals(
      json, parse_notice,
      {{"another number than its id has", [](auto& o) { data(o)["number"] = 4; }, kMalformed, "id"},
       {"number 0", [](auto& o) { data(o)["number"] = 0; }, kMalformed, "number"},
       {"a step that is no name", [](auto& o) { data(o)["step"] = "Ship!"; }, kMalformed, "step"},
       {"words for a code", [](auto& o) { data(o)["code"] = "On its way"; }, kMalformed, "code"}});
}

TEST(EventAnswer, IsOfTheVeryRequestAndOfWhoWasAsked) {
  const Bytes json = write_step_request(sample_request()).value();
  const VerifiedEvent<StepRequest> request{sample_request(), event_digest(json)};
  EXPECT_TRUE(check_answers(sample_result(), request));
  struct Row {
    const char* member;
    std::function<void(StepResult&)> spoil;
    ErrorCode code;
  };
  const std::vector<Row> rows{
      {"source", [](StepResult& r) { r.service = sample_service("Parcels"); }, ErrorCode::kForbidden},
      {"subject", [](StepResult& r) { r.of.subject = "0d2f8a51-7b3c-4e6d-8f90-a1b2c3d4e5f6"; },
       ErrorCode::kConflict},
      {"confirmation", [](StepResult& r) { r.of.confirmation = {5}; }, ErrorCode::kConflict},
      {"procedure", [](StepResult& r) { r.of.procedure = {5}; }, ErrorCode::kConflict},
      {"step", [](StepResult& r) { r.of.step = "ship"; }, ErrorCode::kConflict},
      {"act", [](StepResult& r) { r.of.act = Act::kUndo; }, ErrorCode::kConflict},
      {"round", [](StepResult& r) { r.of.round = 2; }, ErrorCode::kConflict},
      {"request", [](StepResult& r) { r.request = {5}; }, ErrorCode::kConflict},
      {"after", [](StepResult& r) { r.after.clear(); }, ErrorCode::kConflict}};
  for (const Row& row : rows) {
    StepResult result = sample_result();
    row.spoil(result);
    const auto refused = check_answers(result, request);
    ASSERT_FALSE(refused) << row.member;
    EXPECT_EQ(refused.error().code, row.code) << row.member;
    EXPECT_THAT(refused.error().detail, testing::StartsWith(row.member));
  }
}

struct SignedEvents {
  x509::SampleNetwork network;
  x509::Issuer authority =
      network.issue(x509::Role::kConfirmationSigner, "CN=Confirmation Signer,OU=authority");
  x509::Issuer desk = network.issue(x509::Role::kService, "CN=Card Desk,OU=services");

  Bytes sign(const x509::Issuer& signer, const Result<Bytes>& json) const {
    return x509::sign_cms(network.signer_of(signer), json.value(), {.signing_time = network.now}).value();
  }
};

TEST(SignedEvent, IsBelievedOfWhoItNamesAndOfNobodyElse) {
  const SignedEvents events;
  const auto& [network, authority, desk] = events;
  const auto request = write_step_request(sample_request());
  const auto result = write_step_result(sample_result());

  const auto asked = verify_step_request(events.sign(authority, request), network.anchor, network.now);
  ASSERT_TRUE(asked) << asked.error().detail;
  EXPECT_EQ(asked.value().digest, event_digest(request.value()));
  const auto answered = verify_step_result(events.sign(desk, result), network.anchor, network.now);
  ASSERT_TRUE(answered) << answered.error().detail;
  EXPECT_TRUE(check_answers(answered.value().content, asked.value()));

  // In another role, by another service, for another data centre, and taken for another kind of event.
  EXPECT_EQ(verify_step_request(events.sign(desk, request), network.anchor, network.now).error().code,
            ErrorCode::kWrongRole);
  EXPECT_EQ(verify_step_result(events.sign(authority, result), network.anchor, network.now).error().code,
            ErrorCode::kWrongRole);
  const auto other = network.issue(x509::Role::kService, "CN=Parcels,OU=services");
  EXPECT_EQ(verify_step_result(events.sign(other, result), network.anchor, network.now).error().code,
            ErrorCode::kForbidden);
  StepRequest elsewhere = sample_request();
  elsewhere.data_centre = sample_name("OU=busan-1,OU=kr,O=Countersign Demo");
  EXPECT_EQ(
      verify_step_request(events.sign(authority, write_step_request(elsewhere)), network.anchor, network.now)
          .error()
          .code,
      ErrorCode::kForbidden);
  EXPECT_EQ(verify_step_request(events.sign(authority, result), network.anchor, network.now).error().code,
            ErrorCode::kUnsupported);
}

TEST(SignedEvent, OfANoticeIsJudgedByWhoSignedIt) {
  const SignedEvents events;
  const auto& [network, authority, desk] = events;
  const auto parcels = network.issue(x509::Role::kService, "CN=Parcels,OU=services");
  const auto notice = write_notice(sample_notice());
  EXPECT_TRUE(verify_notice(events.sign(parcels, notice), network.anchor, network.now));
  EXPECT_EQ(verify_notice(events.sign(desk, notice), network.anchor, network.now).error().code,
            ErrorCode::kForbidden);
  EXPECT_EQ(verify_notice(events.sign(authority, notice), network.anchor, network.now).error().code,
            ErrorCode::kForbidden);
  Notice own = sample_notice();
  own.source = sample_data_centre();
  EXPECT_TRUE(verify_notice(events.sign(authority, write_notice(own)), network.anchor, network.now));
  EXPECT_EQ(
      verify_notice(events.sign(network.issue_merchant(), notice), network.anchor, network.now).error().code,
      ErrorCode::kWrongRole);
}

TEST(SignedEvent, IsVerifiedByOpensslAndItsDigestBySha256sum) {
  const SignedEvents events;
  const auto result = write_step_result(sample_result());
  const x509::ExchangeFolder folder;
  folder.write("event.p7m", events.sign(events.desk, result));
  folder.write_pem("root.pem", events.network.root.certificate);
  const std::string verify =
      "openssl cms -verify -binary -purpose any -inform DER -in event.p7m -CAfile root.pem "
      "-attime " +
      std::to_string(unix_seconds(events.network.now)) + " -explicit_policy -out event.json -policy ";
  EXPECT_TRUE(folder.run(verify + std::string(x509::profile_of(x509::Role::kService).policy)))
      << folder.output();
  EXPECT_EQ(folder.read("event.json"), result.value());
  EXPECT_TRUE(folder.run("sha256sum event.json"));
  EXPECT_THAT(folder.output(), testing::StartsWith(hex_encode(event_digest(result.value()))));
  EXPECT_FALSE(folder.run(verify + std::string(x509::profile_of(x509::Role::kMerchant).policy)));
}

// The first block of code of that language in docs/protocols/events.md.
std::string block_of_the_page(std::string_view language) {
  std::ifstream file(COUNTERSIGN_EVENTS_PAGE, std::ios::binary);
  const std::string page(std::istreambuf_iterator<char>(file), {});
  const std::string opening = "```" + std::string(language) + "\n";
  const std::size_t begin = page.find(opening) + opening.size();
  return page.substr(begin, page.find("```", begin) - begin);
}

TEST(SignedEvent, IsVerifiedByWhatThePageShows) {
  // The programs look at the clock of the machine.
  SignedEvents events{.network = {.now = SystemClock().now() - std::chrono::hours(1)}};
  const auto result = write_step_result(sample_result());
  const x509::ExchangeFolder folder;
  folder.write_pem("root.pem", events.network.root.certificate);
  folder.write("verify.py", as_bytes(block_of_the_page("python")));
  folder.write("verify.js", as_bytes(block_of_the_page("javascript")));
  const auto digest = hex_encode(event_digest(result.value()));
  const auto verify = [&](const char* program, const x509::Issuer& signer, x509::Role role) {
    folder.write("event.p7m", events.sign(signer, result));
    return folder.run(std::string(program) + " event.p7m root.pem " +
                      std::string(x509::profile_of(role).policy));
  };
  const auto other = events.network.issue(x509::Role::kService, "CN=Parcels,OU=services");
  for (const char* program : {"/usr/bin/python3 verify.py", "node verify.js"}) {
    ASSERT_TRUE(verify(program, events.desk, x509::Role::kService)) << folder.output();
    EXPECT_THAT(folder.output(), testing::HasSubstr(event_id(sample_round()) + " done " + digest));
    EXPECT_FALSE(verify(program, other, x509::Role::kService)) << program << " believes another service";
    EXPECT_THAT(folder.output(), testing::HasSubstr("signed by another"));
    EXPECT_FALSE(verify(program, events.authority, x509::Role::kService))
        << program << " believes another role";
  }
}

TEST(EventSource, IsTheUriOfAName) {
  for (const char* text :
       {"OU=seoul-1,OU=kr,O=Countersign Demo", "CN=김 \\+ 이\\, 상점,O=Demo", "CN=100%,O=Demo"}) {
    const x509::Name name = sample_name(text);
    EXPECT_EQ(name_of_source(source_uri(name)).value(), name) << text;
  }
  for (const char* uri : {"", "ldap:///", "ldap://host/O=x", "LDAP:///O=x", "ldap:///O=a b", "ldap:///O=%41",
                          "ldap:///O=%4", "ldap:///O=x%2c", "ldap:///o=x"})
    EXPECT_FALSE(name_of_source(uri)) << uri;
}

}  // namespace
}  // namespace countersign::documents
