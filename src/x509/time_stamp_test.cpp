// SPDX-License-Identifier: Apache-2.0
#include "x509/time_stamp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "crypto/digest.h"
#include "x509/der_tree.h"
#include "x509/sample_network.h"
#include "x509/stamp_token.h"

namespace countersign::x509 {
namespace {

using crypto::HashAlgorithm;
using std::chrono::hours;

const Sha256Digest kDigest = crypto::sha256(as_bytes("checkpoint"));
const Bytes kNonce{0x8f, 1, 2, 3, 4, 5, 6, 7};

DerTree tree_of(const char* hex) {
  return DerTree::read(hex_decode(hex).value());
}

TimeStampRequest request_of(BytesView der) {
  return std::get<TimeStampRequest>(parse_time_stamp_request(der));
}
TimeStampRequest request(BytesView nonce = kNonce) {
  return request_of(make_time_stamp_request(kDigest, nonce).value());
}

class TimeStamps : public testing::Test {
 protected:
  static const SampleNetwork& network() {
    static const SampleNetwork network;
    return network;
  }
  static const Issuer& stamper() {
    static const Issuer stamper = network().issue_time_stamper();
    return stamper;
  }
  static TimePoint now() { return network().now + hours(24); }
  static TimeStampGrant grant(TimePoint time = now()) {
    return {SerialNumber::from_hex("9a01").value(), time, Seconds(1)};
  }
  static Bytes response_of(const Issuer& signer, const TimeStampRequest& asked,
                           const TimeStampGrant& granted) {
    const CmsSigner prepared = CmsSigner::create(network().signer_of(signer)).value();
    return make_time_stamp_response(prepared, asked, granted).value();
  }
  static Bytes token_of(const Issuer& signer, const TimeStampRequest& asked = request(),
                        const TimeStampGrant& granted = grant()) {
    return read_time_stamp_response(response_of(signer, asked, granted)).value();
  }
  static Bytes token() { return token_of(stamper()); }
  static Result<StampToken> verify(BytesView der, BytesView nonce = kNonce) {
    return verify_stamp_token(der, HashAlgorithm::kSha256, kDigest, {{network().root.certificate}, {}},
                              nonce);
  }
  // Something else signed as if it were a TSTInfo.
  static Bytes signed_as_info(BytesView info, const Issuer& signer = stamper()) {
    SigningOptions options;
    options.content_type = ContentType::kTimeStampInfo;
    options.signing_time = now();
    return sign_cms(network().signer_of(signer), info, options).value();
  }
  static void insert(DerTree& tree, std::ptrdiff_t index, const char* hex) {
    tree.children.insert(tree.children.begin() + index, tree_of(hex));
  }
  // TSTInfo: version, policy, imprint, serial, time, accuracy, nonce.
  static DerTree info() { return DerTree::read(content_of(DerTree::read(token())).contents); }
  // EncapsulatedContentInfo of a SignedData: its type and, below, its octets.
  static DerTree& encapsulated(DerTree& cms) { return cms[1][0][2]; }
  static DerTree content_of(DerTree cms) { return encapsulated(cms)[1][0]; }
  // Something said by two tokens alike.
  static void expect_same(const StampToken& a, const StampToken& b, const std::string& what) {
    EXPECT_EQ(a.time, b.time) << what;
    EXPECT_EQ(a.latest, b.latest) << what;
    EXPECT_EQ(a.until, b.until) << what;
    EXPECT_EQ(a.authority, b.authority) << what;
    EXPECT_EQ(a.algorithms, b.algorithms) << what;
  }
};

TEST_F(TimeStamps, SayWhenADigestWasThereAndWhoSaysSo) {
  const Bytes der = token();
  const auto stamp = verify(der);
  ASSERT_TRUE(stamp) << stamp.error().detail;
  EXPECT_EQ(stamp.value().time, now());
  EXPECT_EQ(stamp.value().latest, now() + Seconds(1));
  EXPECT_EQ(stamp.value().authority, stamper().certificate.subject().text());
  DerTree said = info();
  EXPECT_EQ(said[1].write(), der::oid(kTimeStampPolicy));
  EXPECT_EQ(hex_encode(said[3].contents), "009a01");
  EXPECT_EQ(said[6].contents, (Bytes{0, 0x8f, 1, 2, 3, 4, 5, 6, 7}));
  DerTree cms = DerTree::read(der);
  std::vector<Bytes> carried;
  for (const DerTree& certificate : cms[1][0][3].children) carried.push_back(certificate.write());
  EXPECT_THAT(carried,
              testing::UnorderedElementsAre(stamper().certificate.der(), network().ca.certificate.der()));
}

TEST_F(TimeStamps, AreGivenWithoutANonceToWhoSendsNone) {
  const Bytes der = token_of(stamper(), request({}));
  EXPECT_TRUE(verify(der, {}));
  EXPECT_EQ(verify(der).error().code, ErrorCode::kSignatureInvalid);
}

TEST_F(TimeStamps, HaveWholeSeconds) {
  const auto stamp = verify(token_of(stamper(), request(), grant(now() + std::chrono::milliseconds(999))));
  EXPECT_EQ(stamp.value().time, now());
  EXPECT_EQ(stamp.value().latest, now() + Seconds(1)) << "no part of one is written";
}

TEST_F(TimeStamps, AreNoDocumentsAndDocumentsAreNone) {
  EXPECT_EQ(UnverifiedCms::parse(token()).error().code, ErrorCode::kUnsupported);
  const Bytes info_der = info().write();
  for (const ContentType type : {ContentType::kData, ContentType::kSignedData}) {
    const Bytes document = sign_cms(network().signer_of(stamper()), info_der, {type, now()}).value();
    EXPECT_EQ(verify(document).error().code, ErrorCode::kMalformed);
    DerTree passed_off = DerTree::read(document);
    encapsulated(passed_off)[0] = tree_of("060b2a864886f70d0109100104");
    const auto result = verify(passed_off.write());
    ASSERT_FALSE(result) << "the type that was signed is another";
    EXPECT_EQ(result.error().code, ErrorCode::kMalformed);
  }
}

// OpenSSL reads BER, and not all octets are signed: what is taken nevertheless says the same.
TEST_F(TimeStamps, SayNothingElseWhereAnOctetWasAltered) {
  const Bytes good = token();
  const auto said = verify(good);
  ASSERT_TRUE(said);
  std::size_t taken = 0;
  for (std::size_t i = 0; i < good.size(); ++i) {
    Bytes bent = good;
    bent[i] ^= 1;
    if (const auto stamp = verify(bent)) {
      ++taken;
      expect_same(stamp.value(), said.value(), "octet " + std::to_string(i));
    }
  }
  EXPECT_LE(taken, 10U) << "both versions, and the name of the signature's algorithm";
}

TEST_F(TimeStamps, WithoutCertificatesAreMadeWhereNoneAreAskedForAndSayTooLittle) {
  DerTree asked = DerTree::read(make_time_stamp_request(kDigest, kNonce).value());
  asked.children.pop_back();
  const TimeStampRequest bare = request_of(asked.write());
  EXPECT_FALSE(bare.wants_certificates);
  const Bytes der = token_of(stamper(), bare);
  EXPECT_LT(der.size(), token().size() - stamper().certificate.der().size());
  EXPECT_EQ(verify(der).error().code, ErrorCode::kUnsupported);
}

struct BentInfo {
  const char* name;
  std::function<void(DerTree&)> bend;
  ErrorCode code;
};

TEST_F(TimeStamps, AreRefusedInAnotherForm) {
  const BentInfo rows[] = {
      {"another version", [](DerTree& i) { i[0].contents = {2}; }, ErrorCode::kSignatureInvalid},
      {"no policy", [](DerTree& i) { i.children.erase(i.children.begin() + 1); }, ErrorCode::kMalformed},
      {"another hash", [](DerTree& i) { i[2][0][0].contents.back() = 2; }, ErrorCode::kConflict},
      {"a hash that is not known", [](DerTree& i) { i[2][0][0].contents.back() = 4; },
       ErrorCode::kUnsupported},
      {"a digest that is cut", [](DerTree& i) { i[2][1].contents.pop_back(); }, ErrorCode::kConflict},
      {"no time", [](DerTree& i) { i[4].contents = to_bytes(std::string_view("20261319110640Z")); },
       ErrorCode::kMalformed},
      {"time in another form", [](DerTree& i) { i[4].tag = 0x17; }, ErrorCode::kMalformed},
      {"accuracy of more than 999 ms", [](DerTree& i) { i[5] = tree_of("3004800203e8"); },
       ErrorCode::kMalformed},
      {"accuracy of more than 999 µs", [](DerTree& i) { i[5] = tree_of("3004810203e8"); },
       ErrorCode::kMalformed},
      {"accuracy below nothing", [](DerTree& i) { i[5] = tree_of("30038001ff"); }, ErrorCode::kMalformed},
      {"accuracy of days", [](DerTree& i) { i[5] = tree_of("3005020302a300"); }, ErrorCode::kUnsupported},
      {"accuracy with more", [](DerTree& i) { i[5] = tree_of("3006020101820101"); }, ErrorCode::kMalformed},
      {"another signer's name", [](DerTree& i) { insert(i, 7, "a011a40f300d310b3009060355040a0c024d65"); },
       ErrorCode::kSignatureInvalid},
      {"a signer by another name", [](DerTree& i) { insert(i, 7, "a00682046d652e6b"); },
       ErrorCode::kSignatureInvalid},
      {"a critical extension", [](DerTree& i) { insert(i, 7, "a10e300c06032a03040101ff04020500"); },
       ErrorCode::kUnsupported},
      {"one behind another",
       [](DerTree& i) { insert(i, 7, "a119300906032a030504020500300c06032a03040101ff04020500"); },
       ErrorCode::kUnsupported},
      {"something behind", [](DerTree& i) { insert(i, 7, "0500"); }, ErrorCode::kMalformed}};
  ASSERT_TRUE(verify(signed_as_info(info().write())));
  for (const BentInfo& row : rows) {
    DerTree bent = info();
    row.bend(bent);
    const auto result = verify(signed_as_info(bent.write()));
    EXPECT_FALSE(result) << row.name;
    if (result) continue;
    EXPECT_EQ(result.error().code, row.code) << row.name << ": " << result.error().detail;
  }
}

struct OtherInfo {
  const char* name;
  std::function<void(DerTree&)> write;
  Seconds accuracy;
};

TEST_F(TimeStamps, MayStateMoreThanOursDo) {
  const Bytes name = der::wrap(der::context_constructed(4), stamper().certificate.subject().der());
  const DerTree tsa = DerTree::read(der::wrap(der::context_constructed(0), name));
  const OtherInfo rows[] = {
      {"NULL behind the hash", [](DerTree& i) { i[2][0].children.push_back(tree_of("0500")); }, Seconds(1)},
      {"a finer accuracy", [](DerTree& i) { i[5] = tree_of("3009020102800103810104"); }, Seconds(3)},
      {"no accuracy", [](DerTree& i) { i.children.erase(i.children.begin() + 5); }, Seconds(0)},
      {"parts of a second",
       [](DerTree& i) {
         i[4].contents.pop_back();
         for (const char c : {'.', '5', 'Z'}) i[4].contents.push_back(static_cast<std::uint8_t>(c));
       },
       Seconds(2)},
      {"ordering", [](DerTree& i) { insert(i, 6, "0101ff"); }, Seconds(1)},
      {"the signer's name", [&](DerTree& i) { i.children.push_back(tsa); }, Seconds(1)},
      {"an extension that is not critical", [](DerTree& i) { insert(i, 7, "a10b300906032a030404020500"); },
       Seconds(1)}};
  for (const OtherInfo& row : rows) {
    DerTree other = info();
    row.write(other);
    const auto stamp = verify(signed_as_info(other.write()));
    EXPECT_TRUE(stamp) << row.name << ": " << stamp.error().detail;
    if (!stamp) continue;
    EXPECT_EQ(stamp.value().time, now()) << row.name;
    EXPECT_EQ(stamp.value().latest, now() + row.accuracy) << row.name;
  }
}

TEST(TimeStampRequests, AreReadAsTheyWereMade) {
  const TimeStampRequest read = request();
  EXPECT_EQ(read.digest, kDigest);
  EXPECT_EQ(read.nonce, kNonce);
  EXPECT_EQ(read.policy, "");
  EXPECT_TRUE(read.wants_certificates);
  EXPECT_TRUE(request({}).nonce.empty());
  EXPECT_EQ(request(Bytes{0, 0, 7}).nonce, Bytes{7});
  EXPECT_EQ(make_time_stamp_request(kDigest, Bytes(33, 1)).error().code, ErrorCode::kMalformed);
}

struct BentRequest {
  const char* name;
  std::function<void(DerTree&)> bend;
  TimeStampFailure failure;
};

TEST(TimeStampRequests, AreRefusedWithTheBitThatSaysWhy) {
  const auto add = [](DerTree& tree, std::size_t index, const char* hex) {
    tree.children.insert(tree.children.begin() + static_cast<std::ptrdiff_t>(index), tree_of(hex));
  };
  using enum TimeStampFailure;
  const BentRequest rows[] = {
      {"another version", [](DerTree& r) { r[0].contents = {2}; }, kBadRequest},
      {"a negative version", [](DerTree& r) { r[0].contents = {0xff}; }, kBadDataFormat},
      {"another hash", [](DerTree& r) { r[1][0][0].contents.back() = 2; }, kBadAlgorithm},
      {"SHA-1",
       [](DerTree& r) {
         r[1] = tree_of(
             "301f300706052b0e03021a0414"
             "0000000000000000000000000000000000000000");
       },
       kBadAlgorithm},
      {"odd parameters of the hash", [](DerTree& r) { r[1][0].children.push_back(tree_of("020100")); },
       kBadAlgorithm},
      {"a digest that is cut", [](DerTree& r) { r[1][1].contents.pop_back(); }, kBadDataFormat},
      {"a digest that is too long", [](DerTree& r) { r[1][1].contents.push_back(0); }, kBadDataFormat},
      {"no imprint", [](DerTree& r) { r.children.erase(r.children.begin() + 1); }, kBadDataFormat},
      {"something in the imprint", [](DerTree& r) { r[1].children.push_back(tree_of("0500")); },
       kBadDataFormat},
      {"a nonce that is too long", [](DerTree& r) { r[2].contents = Bytes(33, 1); }, kBadDataFormat},
      {"a negative nonce", [](DerTree& r) { r[2].contents = {0x80}; }, kBadDataFormat},
      {"a nonce not in its shortest form",
       [](DerTree& r) {
         r[2].contents = {0, 1};
       },
       kBadDataFormat},
      {"no certificates, written out", [](DerTree& r) { r[3].contents = {0}; }, kBadDataFormat},
      {"BER's TRUE", [](DerTree& r) { r[3].contents = {1}; }, kBadDataFormat},
      {"extensions", [&](DerTree& r) { add(r, 4, "a00b300906042a0304050401aa"); }, kUnacceptedExtension},
      {"policy behind the nonce", [&](DerTree& r) { add(r, 3, "06022a03"); }, kBadDataFormat},
      {"something behind", [&](DerTree& r) { add(r, 4, "0500"); }, kBadDataFormat},
      {"far too long", [&](DerTree& r) { r.children.push_back(DerTree::primitive(0x04, Bytes(1024, 0))); },
       kBadDataFormat}};
  const DerTree good = DerTree::read(make_time_stamp_request(kDigest, kNonce).value());
  ASSERT_TRUE(std::holds_alternative<TimeStampRequest>(parse_time_stamp_request(good.write())));
  for (const BentRequest& row : rows) {
    DerTree bent = good;
    row.bend(bent);
    const auto parsed = parse_time_stamp_request(bent.write());
    ASSERT_TRUE(std::holds_alternative<TimeStampRefusal>(parsed)) << row.name;
    EXPECT_EQ(std::get<TimeStampRefusal>(parsed).failure, row.failure)
        << row.name << ": " << std::get<TimeStampRefusal>(parsed).reason;
  }
}

TEST(TimeStampRequests, AreRefusedWhereTheyAreNone) {
  const Bytes good = make_time_stamp_request(kDigest, kNonce).value();
  for (std::size_t size = 0; size < good.size(); ++size)
    EXPECT_EQ(std::get<TimeStampRefusal>(parse_time_stamp_request(BytesView(good).first(size))).failure,
              TimeStampFailure::kBadDataFormat);
  Bytes more = good;
  more.push_back(0);
  EXPECT_TRUE(std::holds_alternative<TimeStampRefusal>(parse_time_stamp_request(more)));
}

TEST(TimeStampRequests, MayNameAPolicyAndMayWriteTheHashWithNull) {
  DerTree asked = DerTree::read(make_time_stamp_request(kDigest, kNonce).value());
  asked[1][0].children.push_back(tree_of("0500"));
  asked.children.insert(asked.children.begin() + 2, tree_of("06022a03"));
  const TimeStampRequest read = request_of(asked.write());
  EXPECT_EQ(read.policy, "1.2.3");
  EXPECT_EQ(read.imprint, asked[1].write()) << "which the token repeats";
}

TEST_F(TimeStamps, AreNotMadeUnderAnotherPolicyOrFinerThanTheirTime) {
  const CmsSigner signer = CmsSigner::create(network().signer_of(stamper())).value();
  TimeStampRequest asked = request();
  TimeStampGrant finer = grant();
  finer.accuracy = Seconds(0);
  EXPECT_EQ(make_time_stamp_response(signer, asked, finer).error().code, ErrorCode::kMalformed);
  asked.policy = "1.2.3";
  EXPECT_EQ(make_time_stamp_response(signer, asked, grant()).error().code, ErrorCode::kUnsupported);
  asked.policy = kTimeStampPolicy;
  EXPECT_TRUE(make_time_stamp_response(signer, asked, grant()));
}

struct Refused {
  TimeStampFailure failure;
  const char* bits;  // hex of the BIT STRING's contents
  ErrorCode code;
};

TEST(TimeStampResponses, SayWhyThereIsNoToken) {
  using enum TimeStampFailure;
  const Refused rows[] = {{kBadAlgorithm, "0780", ErrorCode::kUnsupported},
                          {kBadRequest, "0520", ErrorCode::kUnsupported},
                          {kBadDataFormat, "0204", ErrorCode::kMalformed},
                          {kTimeNotAvailable, "010002", ErrorCode::kUnavailable},
                          {kUnacceptedPolicy, "000001", ErrorCode::kUnsupported},
                          {kUnacceptedExtension, "07000080", ErrorCode::kUnsupported},
                          {kSystemFailure, "0600000040", ErrorCode::kUnavailable}};
  for (const Refused& row : rows) {
    const Bytes response = make_time_stamp_refusal({row.failure, "words"});
    DerTree tree = DerTree::read(response);
    EXPECT_EQ(hex_encode(tree[0][2].contents), row.bits);
    EXPECT_EQ(to_text(tree[0][1][0].contents), "words");
    EXPECT_EQ(read_time_stamp_response(response).error().code, row.code) << row.bits;
  }
}

struct OddResponse {
  const char* name;
  const char* hex;
  ErrorCode code;
};

TEST(TimeStampResponses, AreRefusedWhereTheyAreNone) {
  const OddResponse rows[] = {{"nothing", "", ErrorCode::kMalformed},
                              {"granted without a token", "30053003020100", ErrorCode::kMalformed},
                              {"refused without a reason", "30053003020102", ErrorCode::kUnsupported},
                              {"refused by no bit", "3009300702010203020700", ErrorCode::kMalformed},
                              {"refused by bits of no octet",
                               "3008300602010203"
                               "0100",
                               ErrorCode::kMalformed},
                              {"refused by an unknown bit",
                               "300a3008020102030301"
                               "0004",
                               ErrorCode::kUnsupported},
                              {"a token with more behind", "3009300302010030000500", ErrorCode::kMalformed},
                              {"a negative status", "30053003020180", ErrorCode::kMalformed}};
  for (const OddResponse& row : rows) {
    const auto read = read_time_stamp_response(hex_decode(row.hex).value());
    ASSERT_FALSE(read) << row.name;
    EXPECT_EQ(read.error().code, row.code) << row.name << ": " << read.error().detail;
  }
  EXPECT_EQ(read_time_stamp_response(Bytes((64 << 10) + 1, 0)).error().code, ErrorCode::kTooLarge);
}

}  // namespace
}  // namespace countersign::x509
