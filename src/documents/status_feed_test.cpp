// SPDX-License-Identifier: Apache-2.0
#include "documents/status_feed.h"

#include "documents/document_samples.h"
#include "x509/sample_network.h"

namespace countersign::documents {
namespace {

using x509::RevocationReason;
using x509::StatusKind;

constexpr std::array<std::uint8_t, 16> kEpoch{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

StatusFeedChange change_of(std::int64_t sequence, std::string_view serial, StatusKind kind,
                           RevocationReason reason, std::string_view time) {
  return {sequence, x509::SerialNumber::from_hex(serial).value(), kind, reason, parse_time(time).value()};
}

std::vector<StatusFeedChange> sample_changes() {
  return {
      change_of(1, "8f00", StatusKind::kRevoked, RevocationReason::kCertificateHold, "2026-11-22T08:31:00Z"),
      change_of(2, "8f00", StatusKind::kGood, RevocationReason::kUnspecified, "2026-11-22T08:32:00Z"),
      change_of(3, "c0ffee0123456789", StatusKind::kRevoked, RevocationReason::kKeyCompromise,
                "2026-11-22T08:32:01Z")};
}

StatusFeedPosition beginning() {
  return {kEpoch, 0, first_feed_digest(kEpoch)};
}

StatusFeedPage sample_page() {
  return {.data_centre = sample_data_centre(),
          .nonce = {7},
          .asked = beginning(),
          .time = parse_time("2026-11-22T08:33:00Z").value(),
          .after = beginning(),
          .changes = sample_changes(),
          .newest = 3};
}

StatusFeedRequest sample_request() {
  return {sample_data_centre(), beginning(), {7}, std::chrono::milliseconds(1000)};
}

void expect_same(const StatusFeedChange& a, const StatusFeedChange& b) {
  EXPECT_EQ(a.sequence, b.sequence);
  EXPECT_EQ(a.serial, b.serial);
  EXPECT_EQ(a.kind, b.kind);
  EXPECT_EQ(a.reason, b.reason);
  EXPECT_EQ(a.changed, b.changed);
}

// Computed by the encoding of docs/protocols/status-feed.md with Python's hashlib and struct.
TEST(StatusFeedDigest, IsWhatTheProtocolSays) {
  Sha256Digest digest = first_feed_digest(kEpoch);
  EXPECT_EQ(hex_encode(digest), "807faca3c096366371283b2b6ab7a191e470cee0cbb05cf3bbaa96ab4e78c140");
  const std::vector<std::string> expected{"df296b67c205d97119e3063fd471e976fc15b1c9555ad41145b3023921666097",
                                          "06631db3ca23c1770d8826814a67a742bb4d7768e64291d2a67c7633f884ce19",
                                          "01be32a3a808c9d658cfad5d20788d88e547a55eb6eddabb5e777a32d8281349"};
  const std::vector<StatusFeedChange> changes = sample_changes();
  for (std::size_t i = 0; i < changes.size(); ++i) {
    digest = next_feed_digest(digest, changes[i]);
    EXPECT_EQ(hex_encode(digest), expected[i]);
  }
  const StatusFeedPosition end = end_of(sample_page());
  EXPECT_EQ(end, (StatusFeedPosition{kEpoch, 3, digest}));
}

TEST(StatusFeedDigest, ChangesWithEverythingThatAChangeSays) {
  const Sha256Digest before = first_feed_digest(kEpoch);
  const StatusFeedChange change = sample_changes().front();
  const Sha256Digest digest = next_feed_digest(before, change);
  const auto differs = [&](auto spoil) {
    StatusFeedChange other = change;
    spoil(other);
    return next_feed_digest(before, other) != digest;
  };
  EXPECT_TRUE(differs([](StatusFeedChange& c) { c.sequence = 2; }));
  EXPECT_TRUE(differs([](StatusFeedChange& c) { c.serial = x509::SerialNumber::from_hex("8f01").value(); }));
  EXPECT_TRUE(differs([](StatusFeedChange& c) { c.kind = StatusKind::kGood; }));
  EXPECT_TRUE(differs([](StatusFeedChange& c) { c.reason = RevocationReason::kSuperseded; }));
  EXPECT_TRUE(differs([](StatusFeedChange& c) { c.changed += Seconds(1); }));
  EXPECT_NE(next_feed_digest(Sha256Digest{1}, change), digest);
}

TEST(StatusFeedPage, IsWrittenLikeThis) {
  StatusFeedPage page = sample_page();
  page.changes.resize(2);
  EXPECT_EQ(
      to_text(write_status_feed_page(page).value()),
      R"({"type":"status-feed","version":1,"dataCentre":"OU=seoul-1,OU=kr,O=Countersign Demo",)"
      R"("nonce":"0700000000000000000000000000000000000000000000000000000000000000",)"
      R"("asked":{"epoch":"000102030405060708090a0b0c0d0e0f","sequence":0,)"
      R"("digest":"807faca3c096366371283b2b6ab7a191e470cee0cbb05cf3bbaa96ab4e78c140"},)"
      R"("time":"2026-11-22T08:33:00Z","after":{"epoch":"000102030405060708090a0b0c0d0e0f","sequence":0,)"
      R"("digest":"807faca3c096366371283b2b6ab7a191e470cee0cbb05cf3bbaa96ab4e78c140"},"changes":[)"
      R"({"sequence":1,"serial":"8f00","status":"revoked","reason":"certificateHold","changed":"2026-11-22T08:31:00Z"},)"
      R"({"sequence":2,"serial":"8f00","status":"good","reason":null,"changed":"2026-11-22T08:32:00Z"}],)"
      R"("newest":3})");
}

TEST(StatusFeedPage, ReadsBackAsItWasWritten) {
  const StatusFeedPage page = sample_page();
  const Bytes json = write_status_feed_page(page).value();
  const auto read = parse_status_feed_page(json);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().data_centre, page.data_centre);
  EXPECT_EQ(read.value().nonce, page.nonce);
  EXPECT_EQ(read.value().asked, page.asked);
  EXPECT_EQ(read.value().time, page.time);
  EXPECT_EQ(read.value().after, page.after);
  EXPECT_EQ(read.value().newest, page.newest);
  ASSERT_EQ(read.value().changes.size(), page.changes.size());
  for (std::size_t i = 0; i < page.changes.size(); ++i) expect_same(read.value().changes[i], page.changes[i]);
  expect_exact_members(json, parse_status_feed_page);
}

TEST(StatusFeedPage, WithoutChangesIsTheHeartbeat) {
  StatusFeedPage page = sample_page();
  page.after = end_of(page);
  page.changes.clear();
  const auto read = parse_status_feed_page(write_status_feed_page(page).value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_TRUE(read.value().changes.empty());
  EXPECT_EQ(end_of(read.value()), page.after);
}

TEST(StatusFeedPage, SaysThatTheNewestPlaceWasAskedFor) {
  StatusFeedPage page = sample_page();
  page.asked.reset();
  const auto read = parse_status_feed_page(write_status_feed_page(page).value());
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_FALSE(read.value().asked);
}

TEST(StatusFeedPage, TakesAsManyChangesAsItMayHave) {
  StatusFeedPage page = sample_page();
  page.changes.clear();
  for (std::size_t i = 1; i <= kMaxChangesOfAPage; ++i)
    page.changes.push_back(change_of(static_cast<std::int64_t>(i), std::string(38, 'c'), StatusKind::kRevoked,
                                     RevocationReason::kCessationOfOperation, "2026-11-22T08:31:00Z"));
  page.newest = kMaxChangesOfAPage;
  const auto json = write_status_feed_page(page);
  ASSERT_TRUE(json) << json.error().detail;
  EXPECT_EQ(parse_status_feed_page(json.value()).value().changes.size(), kMaxChangesOfAPage);
  page.changes.push_back(page.changes.back());
  ++page.changes.back().sequence;
  ++page.newest;
  EXPECT_FALSE(write_status_feed_page(page));
  EXPECT_EQ(parse_status_feed_page(Bytes(kMaxStatusFeedPage + 1, ' ')).error().code, ErrorCode::kTooLarge);
}

boost::json::object& change_at(boost::json::object& page, std::size_t index) {
  return page["changes"].as_array().at(index).as_object();
}

TEST(StatusFeedPage, IsRefusedByNameOfWhatIsWrong) {
  const Bytes json = write_status_feed_page(sample_page()).value();
  expect_refusals(
      json, parse_status_feed_page,
      {{"type", [](auto& o) { o["type"] = "extract"; }, ErrorCode::kUnsupported, "type"},
       {"version", [](auto& o) { o["version"] = 2; }, ErrorCode::kUnsupported, "version"},
       {"name", [](auto& o) { o["dataCentre"] = "ou=seoul-1,OU=kr,O=Countersign Demo"; },
        ErrorCode::kMalformed, "dataCentre"},
       {"nonce", [](auto& o) { o["nonce"] = "07"; }, ErrorCode::kMalformed, "nonce"},
       {"asked", [](auto& o) { o["asked"] = 1; }, ErrorCode::kMalformed, "asked"},
       {"asked for a beginning", [](auto& o) { o["asked"].as_object()["digest"] = std::string(64, '0'); },
        ErrorCode::kMalformed, "an epoch begins with"},
       {"time", [](auto& o) { o["time"] = "2026"; }, ErrorCode::kMalformed, ""},
       {"epoch", [](auto& o) { o["after"].as_object()["epoch"] = std::string(32, 'A'); },
        ErrorCode::kMalformed, "epoch"},
       {"short epoch", [](auto& o) { o["after"].as_object()["epoch"] = "00"; }, ErrorCode::kMalformed,
        "epoch"},
       {"beginning", [](auto& o) { o["after"].as_object()["digest"] = std::string(64, '0'); },
        ErrorCode::kMalformed, "an epoch begins with"},
       {"position", [](auto& o) { o["after"].as_object()["sequence"] = -1; }, ErrorCode::kMalformed,
        "sequence"},
       {"more of the place", [](auto& o) { o["after"].as_object()["more"] = 1; }, ErrorCode::kMalformed,
        "more"},
       {"gap", [](auto& o) { change_at(o, 1)["sequence"] = 3; }, ErrorCode::kMalformed,
        "do not follow each other"},
       {"twice", [](auto& o) { change_at(o, 1)["sequence"] = 1; }, ErrorCode::kMalformed,
        "do not follow each other"},
       {"late beginning", [](auto& o) { o["changes"].as_array().erase(o["changes"].as_array().begin()); },
        ErrorCode::kMalformed, "do not follow each other"},
       {"serial", [](auto& o) { change_at(o, 0)["serial"] = "00"; }, ErrorCode::kMalformed, "serial"},
       {"serial's case", [](auto& o) { change_at(o, 0)["serial"] = "8F00"; }, ErrorCode::kMalformed,
        "serial"},
       {"status", [](auto& o) { change_at(o, 0)["status"] = "unknown"; }, ErrorCode::kMalformed, "status"},
       {"reason of good", [](auto& o) { change_at(o, 1)["reason"] = "superseded"; }, ErrorCode::kMalformed,
        "of a certificate that is good"},
       {"no reason", [](auto& o) { change_at(o, 0)["reason"] = nullptr; }, ErrorCode::kMalformed, "reason"},
       {"reason", [](auto& o) { change_at(o, 0)["reason"] = "removeFromCRL"; }, ErrorCode::kMalformed,
        "reason"},
       {"more of a change", [](auto& o) { change_at(o, 0)["more"] = 1; }, ErrorCode::kMalformed, "more"},
       {"newest", [](auto& o) { o["newest"] = 2; }, ErrorCode::kMalformed, "newest"},
       {"changes held back", [](auto& o) { o["changes"].as_array().clear(); }, ErrorCode::kMalformed,
        "although there are newer"}});
}

TEST(StatusFeedPage, IsNotWrittenWhereItWouldNotBeRead) {
  StatusFeedPage page = sample_page();
  page.changes[0].kind = StatusKind::kUnknown;
  EXPECT_EQ(write_status_feed_page(page).error().code, ErrorCode::kMalformed);
  page = sample_page();
  page.newest = 0;
  EXPECT_EQ(write_status_feed_page(page).error().code, ErrorCode::kMalformed);
}

TEST(StatusFeedRequest, ReadsBackAsItWasWritten) {
  StatusFeedRequest request = sample_request();
  const Bytes json = write_status_feed_request(request);
  auto read = parse_status_feed_request(json);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read.value().data_centre, request.data_centre);
  EXPECT_EQ(read.value().after, request.after);
  EXPECT_EQ(read.value().nonce, request.nonce);
  EXPECT_EQ(read.value().wait, request.wait);
  expect_exact_members(json, parse_status_feed_request);

  request.after.reset();
  read = parse_status_feed_request(write_status_feed_request(request));
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_FALSE(read.value().after);
}

TEST(StatusFeedRequest, IsRefusedByNameOfWhatIsWrong) {
  expect_refusals(
      write_status_feed_request(sample_request()), parse_status_feed_request,
      {{"type", [](auto& o) { o["type"] = "status-feed"; }, ErrorCode::kUnsupported, "type"},
       {"version", [](auto& o) { o["version"] = 2; }, ErrorCode::kUnsupported, "version"},
       {"name", [](auto& o) { o["dataCentre"] = ""; }, ErrorCode::kMalformed, "dataCentre"},
       {"after", [](auto& o) { o["after"] = 1; }, ErrorCode::kMalformed, "after"},
       {"beginning", [](auto& o) { o["after"].as_object()["digest"] = std::string(64, '0'); },
        ErrorCode::kMalformed, "an epoch begins with"},
       {"nonce", [](auto& o) { o["nonce"] = std::string(62, '0'); }, ErrorCode::kMalformed, "nonce"},
       {"long wait", [](auto& o) { o["waitMilliseconds"] = 1001; }, ErrorCode::kMalformed,
        "waitMilliseconds"},
       {"negative wait", [](auto& o) { o["waitMilliseconds"] = -1; }, ErrorCode::kMalformed,
        "waitMilliseconds"}});
  EXPECT_EQ(parse_status_feed_request(Bytes(kMaxStatusFeedRequest + 1, ' ')).error().code,
            ErrorCode::kTooLarge);
}

struct SignedStatusFeedPage : testing::Test {
  Bytes signed_by(const x509::Issuer& signer, const StatusFeedPage& page = sample_page()) const {
    return sign_status_feed_page(network.signer_of(signer), page).value();
  }
  Result<StatusFeedPage> verify(const Bytes& der) const {
    return verify_status_feed_page(der, anchor, {network.ca.certificate}, sample_request(), network.now);
  }
  ErrorCode code_of(const Bytes& der) const {
    const auto verified = verify(der);
    return verified ? ErrorCode{-1} : verified.error().code;
  }

  x509::SampleNetwork network;
  x509::Issuer responder = network.issue_responder();
  // Another data centre below the same root.
  x509::Name other_name = sample_name("OU=busan-1,OU=kr,O=Countersign Demo");
  x509::Issuer other_ca = sample::make_ca(network.root, {other_name, {}, {}, {}}, network.now);
  x509::TrustAnchor anchor =
      x509::TrustAnchor::create(network.root.certificate, {network.ca.certificate, other_ca.certificate},
                                network.now)
          .value();
};

TEST_F(SignedStatusFeedPage, VerifiesUnderTheCaOfItsDataCentre) {
  const auto page = verify(signed_by(responder));
  ASSERT_TRUE(page) << page.error().detail;
  EXPECT_EQ(end_of(page.value()), end_of(sample_page()));
}

TEST_F(SignedStatusFeedPage, IsVerifiedByOpensslUnderRootAndCa) {
  const x509::ExchangeFolder folder;
  folder.write("authorities.pem", as_bytes(network.root.certificate.pem() + network.ca.certificate.pem()));
  folder.write("page.p7m", signed_by(responder));
  const std::string verify =
      "openssl cms -verify -binary -purpose any -inform DER -CAfile authorities.pem "
      "-in page.p7m -out page.json -explicit_policy -policy ";
  const std::string at = " -attime " + std::to_string(unix_seconds(network.now) + 60);
  const auto policy = [](x509::Role role) { return std::string(x509::profile_of(role).policy); };
  EXPECT_TRUE(folder.run(verify + policy(x509::Role::kOcspResponder) + at)) << folder.output();
  EXPECT_EQ(folder.read("page.json"), write_status_feed_page(sample_page()).value());
  EXPECT_FALSE(folder.run(verify + policy(x509::Role::kConfirmationSigner) + at));
}

TEST_F(SignedStatusFeedPage, IsRefusedFromAResponderOfAnotherDataCentre) {
  const x509::Issuer other =
      sample::issue(other_ca, x509::Role::kOcspResponder,
                    sample_name("CN=OCSP Responder,OU=authority," + other_name.text()), network.now);
  EXPECT_EQ(code_of(signed_by(other)), ErrorCode::kNameNotPermitted);
}

TEST_F(SignedStatusFeedPage, IsRefusedInEveryOtherRole) {
  EXPECT_EQ(code_of(signed_by(network.issue(x509::Role::kAuthorityServer, "CN=Server,OU=authority"))),
            ErrorCode::kWrongRole);
  EXPECT_EQ(code_of(signed_by(network.issue(x509::Role::kConfirmationSigner, "CN=Signer,OU=authority"))),
            ErrorCode::kWrongRole);
  EXPECT_EQ(code_of(signed_by(network.issue_purchaser())), ErrorCode::kWrongRole);
}

TEST_F(SignedStatusFeedPage, IsRefusedFromAnotherNetwork) {
  const x509::SampleNetwork elsewhere;
  const Bytes der =
      sign_status_feed_page(elsewhere.signer_of(elsewhere.issue_responder()), sample_page()).value();
  EXPECT_FALSE(verify(der));
}

TEST_F(SignedStatusFeedPage, IsRefusedWhereItSpeaksOfAnotherDataCentre) {
  StatusFeedPage page = sample_page();
  page.data_centre = other_name;
  EXPECT_EQ(code_of(signed_by(responder, page)), ErrorCode::kNameNotPermitted);
}

TEST_F(SignedStatusFeedPage, IsRefusedWhereItWasMadeForAnotherQuestion) {
  StatusFeedPage page = sample_page();
  page.nonce = {8};
  EXPECT_EQ(code_of(signed_by(responder, page)), ErrorCode::kConflict);
}

TEST_F(SignedStatusFeedPage, IsRefusedWhereAnotherPlaceWasAskedFor) {
  StatusFeedPage page = sample_page();
  page.asked = end_of(page);
  EXPECT_EQ(code_of(signed_by(responder, page)), ErrorCode::kConflict);
  page.asked.reset();
  EXPECT_EQ(code_of(signed_by(responder, page)), ErrorCode::kConflict);
}

TEST_F(SignedStatusFeedPage, IsRefusedWithAnyOtherContent) {
  const x509::Signer alone{responder.certificate, responder.key, {}};
  const auto sign = [&](const x509::Signer& signer, BytesView content, x509::ContentType type) {
    return x509::sign_cms(signer, content, {.content_type = type, .signing_time = network.now}).value();
  };
  const Bytes json = write_status_feed_page(sample_page()).value();
  ASSERT_TRUE(verify(sign(alone, json, x509::ContentType::kData)));
  EXPECT_EQ(code_of(sign(alone, json, x509::ContentType::kSignedData)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(sign(network.signer_of(responder), json, x509::ContentType::kData)),
            ErrorCode::kMalformed);
  EXPECT_EQ(code_of(sign(alone, as_bytes("{}"), x509::ContentType::kData)), ErrorCode::kMalformed);
  EXPECT_EQ(code_of(to_bytes("no message")), ErrorCode::kMalformed);
  Bytes changed = signed_by(responder);
  const std::string_view text = as_text(changed);
  changed[text.find("keyCompromise")] = 'K';
  EXPECT_EQ(code_of(changed), ErrorCode::kSignatureInvalid);
}

TEST_F(SignedStatusFeedPage, IsRefusedOnceItsResponderIsOver) {
  const auto late =
      verify_status_feed_page(signed_by(responder), anchor, {network.ca.certificate}, sample_request(),
                              responder.certificate.not_after() + std::chrono::minutes(2));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, ErrorCode::kExpired);
}

}  // namespace
}  // namespace countersign::documents
