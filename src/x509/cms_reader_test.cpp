// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <functional>

#include "x509/cms.h"
#include "x509/der_tree.h"
#include "x509/sample_network.h"

#include <gtest/gtest.h>

namespace countersign::x509 {
namespace {

using testing::HasSubstr;

DerTree& signed_data(DerTree& message) {
  return message[1][0];
}
DerTree& certificates(DerTree& message) {
  return signed_data(message)[3];
}
DerTree& signer_infos(DerTree& message) {
  return signed_data(message)[4];
}
DerTree& signer_info(DerTree& message) {
  return signer_infos(message)[0];
}
DerTree& attributes(DerTree& message) {
  return signer_info(message)[3];
}
DerTree& signing_certificate(DerTree& message) {
  return attributes(message)[3][1][0][0][0];
}

void erase(DerTree& tree, std::size_t index) {
  tree.children.erase(tree.children.begin() + static_cast<std::ptrdiff_t>(index));
}
void insert(DerTree& tree, std::size_t index, DerTree child) {
  tree.children.insert(tree.children.begin() + static_cast<std::ptrdiff_t>(index), std::move(child));
}
DerTree tree_of(const char* hex) {
  return DerTree::read(hex_decode(hex).value());
}

const Bytes& good_message() {
  static const Bytes message = [] {
    const SampleNetwork network;
    return sign_cms(network.signer_of(network.issue_purchaser()), to_bytes(std::string_view("{}")),
                    {ContentType::kData, network.now})
        .value();
  }();
  return message;
}

void expect_refused(BytesView der, ErrorCode code, const char* detail, const char* name) {
  const Result<UnverifiedCms> cms = UnverifiedCms::parse(der);
  ASSERT_FALSE(cms) << name;
  EXPECT_EQ(cms.error().code, code) << name << ": " << cms.error().detail;
  EXPECT_THAT(cms.error().detail, HasSubstr(detail)) << name;
}

struct BentMessage {
  const char* name;
  std::function<void(DerTree&)> bend;
  ErrorCode code;
  const char* detail;
};

constexpr ErrorCode kMalformed = ErrorCode::kMalformed;
constexpr ErrorCode kUnsupported = ErrorCode::kUnsupported;

const BentMessage kBentMessages[] = {
    {"AnotherContentInfo", [](auto& m) { m[0].contents.back() = 3; }, kUnsupported, "content type"},
    {"VersionOfAnotherContent", [](auto& m) { signed_data(m)[0].contents = {3}; }, kUnsupported, "version"},
    {"VersionNotMinimal",
     [](auto& m) {
       signed_data(m)[0].contents = {0, 1};
     },
     kUnsupported, "version"},
    {"NoDigestAlgorithm", [](auto& m) { signed_data(m)[1].children.clear(); }, kMalformed, "DER"},
    {"TwoDigestAlgorithms", [](auto& m) { insert(signed_data(m)[1], 0, signed_data(m)[1][0]); }, kMalformed,
     "DER"},
    {"AnotherDigestAlgorithm", [](auto& m) { signed_data(m)[1][0][0].contents.back() = 2; }, kUnsupported,
     "digest"},
    {"DigestAlgorithmWithParameters",
     [](auto& m) { signed_data(m)[1][0].children.push_back(tree_of("0500")); }, kUnsupported, "digest"},
    {"ContentOfAnotherType", [](auto& m) { signed_data(m)[2][0].contents.back() = 3; }, kUnsupported,
     "content"},
    {"ContentDetached", [](auto& m) { erase(signed_data(m)[2], 1); }, kUnsupported, "attached"},
    {"ContentInPieces",
     [](auto& m) {
       DerTree& octets = signed_data(m)[2][1][0];
       octets = DerTree{0x24, {}, {octets}};
     },
     kMalformed, "DER"},
    {"NoCertificates", [](auto& m) { erase(signed_data(m), 3); }, kUnsupported, "certificates"},
    {"EmptyCertificates", [](auto& m) { certificates(m).children.clear(); }, kUnsupported, "not included"},
    {"CertificatesOutOfOrder", [](auto& m) { std::swap(certificates(m)[0], certificates(m)[1]); }, kMalformed,
     "order"},
    {"CertificateTwice", [](auto& m) { insert(certificates(m), 0, certificates(m)[0]); }, kMalformed,
     "twice"},
    {"AttributeCertificate", [](auto& m) { certificates(m)[0].tag = 0xa2; }, kMalformed, "DER"},
    {"CrlsInside", [](auto& m) { insert(signed_data(m), 4, tree_of("a100")); }, kUnsupported, "CRL"},
    {"NoSigner", [](auto& m) { signer_infos(m).children.clear(); }, kUnsupported, "no signer"},
    {"TwoSigners", [](auto& m) { insert(signer_infos(m), 0, signer_info(m)); }, kUnsupported,
     "more than one signer"},
    {"SignerOfAnotherVersion", [](auto& m) { signer_info(m)[0].contents = {3}; }, kUnsupported, "version"},
    {"SignerNotIncluded", [](auto& m) { signer_info(m)[1][1].contents.back() ^= 1; }, kMalformed, "another"},
    {"SignerNamedByKey", [](auto& m) { signer_info(m)[1] = tree_of("8001aa"); }, kMalformed, "DER"},
    {"SignerWithAnotherDigest", [](auto& m) { signer_info(m)[2][0].contents.back() = 3; }, kUnsupported,
     "digest"},
    {"SignedWithAnotherAlgorithm", [](auto& m) { signer_info(m)[4][0].contents.back() = 3; }, kUnsupported,
     "signature"},
    {"UnsignedAttributes", [](auto& m) { signer_info(m).children.push_back(tree_of("a100")); }, kUnsupported,
     "unsigned"},
    {"NoSignedAttributes", [](auto& m) { erase(signer_info(m), 3); }, kUnsupported, "signed attributes"},
    {"EmptySignedAttributes", [](auto& m) { attributes(m).children.clear(); }, kMalformed,
     "content-type missing"},
    {"WithoutContentType", [](auto& m) { erase(attributes(m), 0); }, kMalformed, "content-type"},
    {"WithoutSigningTime", [](auto& m) { erase(attributes(m), 1); }, kMalformed, "signing-time"},
    {"WithoutMessageDigest", [](auto& m) { erase(attributes(m), 2); }, kMalformed, "message-digest"},
    {"WithoutSigningCertificate", [](auto& m) { erase(attributes(m), 3); }, kMalformed,
     "signing-certificate-v2 missing"},
    {"ContentTypeTwice", [](auto& m) { insert(attributes(m), 0, attributes(m)[0]); }, kMalformed,
     "signing-time"},
    {"SigningCertificateTwice", [](auto& m) { insert(attributes(m), 3, attributes(m)[3]); }, kUnsupported,
     "more than"},
    {"AttributesOutOfOrder", [](auto& m) { std::swap(attributes(m)[1], attributes(m)[2]); }, kMalformed,
     "order"},
    {"AttributeWithTwoValues", [](auto& m) { insert(attributes(m)[1][1], 0, attributes(m)[1][1][0]); },
     kMalformed, "DER"},
    {"AttributeWithoutValue", [](auto& m) { attributes(m)[2][1].children.clear(); }, kMalformed, "DER"},
    {"AttributeOfAnotherContent", [](auto& m) { attributes(m)[0][1][0].contents.back() = 2; }, kUnsupported,
     "content-type"},
    {"TimeInAnotherForm",
     [](auto& m) {
       attributes(m)[1][1][0] = DerTree::primitive(0x18, to_bytes(std::string_view("20261122083000Z")));
     },
     kMalformed, "2050"},
    {"TimeThatIsNone", [](auto& m) { attributes(m)[1][1][0].contents[2] = '9'; }, kMalformed, "time"},
    {"SigningCertificateOfAnotherSerial", [](auto& m) { signing_certificate(m)[1][1].contents.back() ^= 1; },
     kMalformed, "another certificate"},
    {"SigningCertificateOfAnotherIssuer",
     [](auto& m) { signing_certificate(m)[1][0][0][0][0][0][1].contents.back() ^= 1; }, kMalformed,
     "another certificate"},
    {"SigningCertificateWithoutSerial", [](auto& m) { erase(signing_certificate(m), 1); }, kMalformed, "DER"},
    {"TwoSigningCertificates",
     [](auto& m) {
       DerTree& list = attributes(m)[3][1][0][0];
       list.children.push_back(list[0]);
     },
     kMalformed, "DER"},
    {"SignatureNotAPair",
     [](auto& m) {
       signer_info(m)[5].contents = {0x30, 0x03, 0x02, 0x01, 0x01};
     },
     kMalformed, "DER"},
    {"SignatureOfZero",
     [](auto& m) { signer_info(m)[5].contents = {0x30, 0x06, 0x02, 0x01, 0x00, 0x02, 0x01, 0x01}; },
     kMalformed, "signature"},
    {"SignatureNotMinimal",
     [](auto& m) { signer_info(m)[5].contents = {0x30, 0x07, 0x02, 0x02, 0x00, 0x01, 0x02, 0x01, 0x01}; },
     kMalformed, "DER"},
    {"SignatureWithTail", [](auto& m) { signer_info(m)[5].contents.push_back(0); }, kMalformed, "DER"},
    {"MoreAfterTheSigners", [](auto& m) { signed_data(m).children.push_back(tree_of("0500")); }, kMalformed,
     "DER"},
    {"MoreAfterTheSignedData", [](auto& m) { m.children.push_back(tree_of("0500")); }, kMalformed, "DER"},
};

class CmsReaderRefuses : public testing::TestWithParam<BentMessage> {};

TEST_P(CmsReaderRefuses, WithANamedReason) {
  DerTree message = DerTree::read(good_message());
  ASSERT_EQ(message.write(), good_message());
  GetParam().bend(message);
  expect_refused(message.write(), GetParam().code, GetParam().detail, GetParam().name);
}
INSTANTIATE_TEST_SUITE_P(Rows, CmsReaderRefuses, testing::ValuesIn(kBentMessages),
                         [](const auto& row) { return std::string(row.param.name); });

TEST(CmsReader, RefusesAPaymentDigestThatIsNotOneInItsPlace) {
  const SampleNetwork network;
  const Bytes message =
      sign_cms(network.signer_of(network.issue_purchaser()), to_bytes(std::string_view("{}")),
               {ContentType::kData, network.now, Sha256Digest{1}})
          .value();
  const BentMessage rows[] = {
      {"TooShort", [](auto& m) { attributes(m)[3][1][0].contents.pop_back(); }, kMalformed, "payment-digest"},
      {"NotOctets", [](auto& m) { attributes(m)[3][1][0].tag = 0x0c; }, kMalformed, "DER"},
      {"TwoValues", [](auto& m) { insert(attributes(m)[3][1], 0, attributes(m)[3][1][0]); }, kMalformed,
       "DER"},
      {"Twice", [](auto& m) { insert(attributes(m), 3, attributes(m)[3]); }, kMalformed, "out of order"},
      {"BeforeItsTurn", [](auto& m) { std::swap(attributes(m)[2], attributes(m)[3]); }, kMalformed,
       "out of order"},
      {"OfAnotherType", [](auto& m) { attributes(m)[3][0].contents.back() ^= 1; }, kMalformed,
       "out of order"}};
  for (const BentMessage& row : rows) {
    DerTree tree = DerTree::read(message);
    ASSERT_EQ(tree.write(), message);
    row.bend(tree);
    expect_refused(tree.write(), row.code, row.detail, row.name);
  }
}

TEST(CmsReader, RefusesMoreThanFourCertificates) {
  const SampleNetwork network;
  DerTree message = DerTree::read(good_message());
  std::vector<Bytes> all;
  for (int i = 0; i < 5; ++i)
    all.push_back(network.issue_purchaser("p-" + std::to_string(i)).certificate.der());
  std::ranges::sort(all);
  certificates(message).children.clear();
  for (const Bytes& certificate : all) certificates(message).children.push_back(DerTree::read(certificate));
  expect_refused(message.write(), ErrorCode::kTooLarge, "four", "five certificates");
}

TEST(CmsReader, RefusesEveryEncodingThatIsNotDer) {
  const Bytes good = good_message();
  ASSERT_EQ(good[1], 0x82) << "the message has a length of two octets";
  const BytesView inner = BytesView(good).subspan(4);

  Bytes trailing = good;
  trailing.push_back(0);
  expect_refused(trailing, ErrorCode::kMalformed, "DER", "trailing octet");

  const Bytes longer = der::concatenate({Bytes{0x30, 0x83, 0x00, good[2], good[3]}, inner});
  expect_refused(longer, ErrorCode::kMalformed, "length", "length with a leading zero");

  const Bytes indefinite = der::concatenate({Bytes{0x30, 0x80}, inner, Bytes{0, 0}});
  expect_refused(indefinite, ErrorCode::kMalformed, "length", "indefinite length");

  const Bytes oversized(300 << 10, 0x30);
  expect_refused(oversized, ErrorCode::kTooLarge, "limit", "300 KiB");
}

TEST(CmsReader, RefusesBerDeepInside) {
  // The signer's AlgorithmIdentifier with a length in two octets: same value, second encoding.
  DerTree message = DerTree::read(good_message());
  const Bytes algorithm = signer_info(message)[4].write();
  const Bytes good = good_message();
  const auto at = std::search(good.rbegin(), good.rend(), algorithm.rbegin(), algorithm.rend()).base() -
                  static_cast<std::ptrdiff_t>(algorithm.size());
  Bytes altered = good;
  altered[static_cast<std::size_t>(at - good.begin()) + 1] = 0x81;
  expect_refused(altered, ErrorCode::kMalformed, "DER", "long form");
}

}  // namespace
}  // namespace countersign::x509
