// SPDX-License-Identifier: Apache-2.0
#include "x509/cms_envelope.h"

#include <gtest/gtest.h>

#include <functional>

#include "x509/der_tree.h"
#include "x509/sample_network.h"

namespace countersign::x509 {
namespace {

using crypto::SecretAccess;
using crypto::SecretBytes;

SecretBytes secret(std::string_view text) {
  return SecretBytes::copy_of(as_bytes(text));
}
std::string text_of(const SecretBytes& content) {
  return to_text(content.reveal(SecretAccess{}));
}
Bytes written(const std::function<void(DerTree&)>& alter, BytesView der) {
  DerTree tree = DerTree::read(der);
  alter(tree);
  return tree.write();
}

// Places in the tree of an envelope.
DerTree& enveloped(DerTree& tree) {
  return tree[1][0];
}
DerTree& recipient(DerTree& tree) {
  return enveloped(tree)[1][0];
}
DerTree& encrypted_content(DerTree& tree) {
  return enveloped(tree)[2];
}
DerTree null() {
  return DerTree::primitive(0x05, {});
}
DerTree octets(std::size_t size) {
  return DerTree::primitive(0x04, Bytes(size, 1));
}
DerTree oid(const char* dotted) {
  return DerTree::read(der::oid(dotted));
}
DerTree integer(std::int64_t value) {
  return DerTree::read(der::integer(value));
}
void add(DerTree& tree, DerTree child) {
  tree.children.push_back(std::move(child));
}
void insert(DerTree& tree, std::size_t before, DerTree child) {
  tree.children.insert(tree.children.begin() + static_cast<std::ptrdiff_t>(before), std::move(child));
}

struct Alteration {
  const char* name;
  std::function<void(DerTree&)> alter;
  ErrorCode code = ErrorCode::kUnsupported;
};

// What stands around the recipient, which is the same for both kinds.
const std::vector<Alteration>& common_alterations() {
  static const std::vector<Alteration> alterations{
      {"another content type (enveloped data)", [](DerTree& t) { t[0] = oid("1.2.840.113549.1.7.3"); }},
      {"another version", [](DerTree& t) { enveloped(t)[0] = integer(2); }},
      {"originator's certificates",
       [](DerTree& t) {
         insert(enveloped(t), 1, DerTree{0xa0, {}, {null()}});
       }},
      {"no recipient", [](DerTree& t) { enveloped(t)[1].children.clear(); }, ErrorCode::kMalformed},
      {"the recipient twice", [](DerTree& t) { add(enveloped(t)[1], recipient(t)); }},
      {"an unknown kind of recipient", [](DerTree& t) { recipient(t).tag = 0xa4; }},
      {"a recipient by password", [](DerTree& t) { recipient(t).tag = 0xa3; }},
      {"a recipient by key transport", [](DerTree& t) { recipient(t).tag = 0x30; }},
      {"content of another type", [](DerTree& t) { encrypted_content(t)[0] = oid("1.2.840.113549.1.7.2"); }},
      {"AES-128-GCM", [](DerTree& t) { encrypted_content(t)[1][0] = oid("2.16.840.1.101.3.4.1.6"); }},
      {"AES-256-CBC", [](DerTree& t) { encrypted_content(t)[1][0] = oid("2.16.840.1.101.3.4.1.42"); }},
      {"AES-256-CCM", [](DerTree& t) { encrypted_content(t)[1][0] = oid("2.16.840.1.101.3.4.1.47"); }},
      {"no parameters", [](DerTree& t) { encrypted_content(t)[1].children.pop_back(); },
       ErrorCode::kMalformed},
      {"a nonce of 128 bits", [](DerTree& t) { encrypted_content(t)[1][1][0] = octets(16); }},
      {"an empty nonce", [](DerTree& t) { encrypted_content(t)[1][1][0] = octets(0); }},
      {"another nonce", [](DerTree& t) { encrypted_content(t)[1][1][0] = octets(12); },
       ErrorCode::kMalformed},
      {"no length of the tag", [](DerTree& t) { encrypted_content(t)[1][1].children.pop_back(); },
       ErrorCode::kMalformed},
      {"a tag of 96 bits by its length", [](DerTree& t) { encrypted_content(t)[1][1][1] = integer(12); }},
      {"a parameter more", [](DerTree& t) { add(encrypted_content(t)[1][1], null()); },
       ErrorCode::kMalformed},
      {"content that is detached", [](DerTree& t) { encrypted_content(t).children.pop_back(); },
       ErrorCode::kMalformed},
      {"empty content", [](DerTree& t) { encrypted_content(t)[2].contents.clear(); }, ErrorCode::kMalformed},
      {"content cut short", [](DerTree& t) { encrypted_content(t)[2].contents.pop_back(); },
       ErrorCode::kMalformed},
      {"content made longer", [](DerTree& t) { encrypted_content(t)[2].contents.push_back(0); },
       ErrorCode::kMalformed},
      {"content in parts",
       [](DerTree& t) {
         encrypted_content(t)[2] = DerTree{0xa0, {}, {octets(16), octets(3)}};
       },
       ErrorCode::kMalformed},
      {"authenticated attributes",
       [](DerTree& t) {
         insert(enveloped(t), 3, DerTree{0xa1, {}, {null()}});
       }},
      {"no tag", [](DerTree& t) { enveloped(t).children.pop_back(); }, ErrorCode::kMalformed},
      {"an empty tag", [](DerTree& t) { enveloped(t)[3] = octets(0); }},
      {"a tag cut short", [](DerTree& t) { enveloped(t)[3].contents.resize(12); }},
      {"another tag", [](DerTree& t) { enveloped(t)[3] = octets(16); }, ErrorCode::kMalformed},
      {"unauthenticated attributes",
       [](DerTree& t) {
         add(enveloped(t), DerTree{0xa2, {}, {null()}});
       }},
      {"something behind", [](DerTree& t) { add(t, null()); }, ErrorCode::kMalformed},
  };
  return alterations;
}

const std::vector<Alteration>& agreement_alterations() {
  static const std::vector<Alteration> alterations{
      {"another version of the recipient", [](DerTree& t) { recipient(t)[0] = integer(2); }},
      {"an originator by issuer and serial number",
       [](DerTree& t) { recipient(t)[1][0] = recipient(t)[3][0][0]; }},
      {"an ephemeral key of another algorithm",
       [](DerTree& t) { recipient(t)[1][0][0][0] = oid("1.3.132.1.12"); }},
      {"an ephemeral key with parameters", [](DerTree& t) { add(recipient(t)[1][0][0], null()); }},
      {"an ephemeral key that is the point at infinity",
       [](DerTree& t) {
         recipient(t)[1][0][1].contents = {0, 0};
       }},
      {"an ephemeral key that is compressed",
       [](DerTree& t) {
         Bytes& point = recipient(t)[1][0][1].contents;
         point.resize(34);
         point[1] = 2;
       }},
      {"an ephemeral key beside the curve", [](DerTree& t) { recipient(t)[1][0][1].contents.back() ^= 1; },
       ErrorCode::kMalformed},
      {"an ephemeral key of zeros",
       [](DerTree& t) {
         Bytes& point = recipient(t)[1][0][1].contents;
         std::fill(point.begin() + 2, point.end(), std::uint8_t{0});
       },
       ErrorCode::kMalformed},
      {"another ephemeral key",
       [](DerTree& t) {
         const auto key = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
         const BytesView point = BytesView(key.public_key().spki()).last(65);
         std::copy(point.begin(), point.end(), recipient(t)[1][0][1].contents.begin() + 1);
       },
       ErrorCode::kMalformed},
      {"user keying material",
       [](DerTree& t) {
         insert(recipient(t), 2, DerTree{0xa1, {}, {octets(8)}});
       }},
      {"SHA-1 as key derivation", [](DerTree& t) { recipient(t)[2][0] = oid("1.3.133.16.840.63.0.2"); }},
      {"cofactor agreement", [](DerTree& t) { recipient(t)[2][0] = oid("1.3.132.1.14.1"); }},
      {"AES-128 key wrap", [](DerTree& t) { recipient(t)[2][1][0] = oid("2.16.840.1.101.3.4.1.5"); }},
      {"parameters of the key wrap", [](DerTree& t) { add(recipient(t)[2][1], null()); }},
      {"no encrypted key", [](DerTree& t) { recipient(t)[3].children.clear(); }, ErrorCode::kMalformed},
      {"two encrypted keys", [](DerTree& t) { add(recipient(t)[3], recipient(t)[3][0]); }},
      {"a recipient by key identifier",
       [](DerTree& t) {
         recipient(t)[3][0][0] = DerTree{0xa0, {}, {octets(20)}};
       }},
      {"another serial number", [](DerTree& t) { recipient(t)[3][0][0][1] = integer(1); },
       ErrorCode::kMalformed},
      {"a wrapped key of 128 bits", [](DerTree& t) { recipient(t)[3][0][1] = octets(24); }},
      {"an empty wrapped key", [](DerTree& t) { recipient(t)[3][0][1] = octets(0); }},
      {"another wrapped key", [](DerTree& t) { recipient(t)[3][0][1] = octets(40); }, ErrorCode::kMalformed},
      {"a recipient by shared key", [](DerTree& t) { recipient(t).tag = 0xa2; }},
  };
  return alterations;
}

const std::vector<Alteration>& shared_key_alterations() {
  static const std::vector<Alteration> alterations{
      {"another version of the recipient", [](DerTree& t) { recipient(t)[0] = integer(3); }},
      {"another identifier", [](DerTree& t) { recipient(t)[1][0] = octets(9); }, ErrorCode::kMalformed},
      {"an empty identifier", [](DerTree& t) { recipient(t)[1][0] = octets(0); }, ErrorCode::kMalformed},
      {"a date beside the identifier",
       [](DerTree& t) {
         add(recipient(t)[1], DerTree::primitive(0x18, to_bytes(std::string_view("20261122000000Z"))));
       }},
      {"AES-128 key wrap", [](DerTree& t) { recipient(t)[2][0] = oid("2.16.840.1.101.3.4.1.5"); }},
      {"a wrapped key of 128 bits", [](DerTree& t) { recipient(t)[3] = octets(24); }},
      {"another wrapped key", [](DerTree& t) { recipient(t)[3] = octets(40); }, ErrorCode::kMalformed},
      {"an element more", [](DerTree& t) { add(recipient(t), null()); }, ErrorCode::kMalformed},
      {"a recipient by key agreement", [](DerTree& t) { recipient(t).tag = 0xa1; }},
  };
  return alterations;
}

class CmsEnvelope : public testing::Test {
 protected:
  using Open = std::function<Result<SecretBytes>(BytesView)>;

  static const SampleNetwork& network() {
    static const SampleNetwork network;
    return network;
  }
  static const Issuer& holder() {
    static const Issuer holder = network().issue(Role::kPurchaserAgreement, "UID=p-1,OU=purchasers");
    return holder;
  }
  static Result<SecretBytes> open(BytesView envelope) {
    return open_sealed_to(holder().certificate, agreement_by(holder().key), envelope);
  }
  static Result<SecretBytes> open_as_key(BytesView envelope) {
    return open_sealed_to_key(holder().key.public_key(), agreement_by(holder().key), envelope);
  }
  Result<SecretBytes> open_shared(BytesView envelope) const { return open_sealed_under(key_, envelope); }

  static void expect_refused(const std::vector<Alteration>& alterations, BytesView envelope,
                             const Open& open) {
    for (const Alteration& alteration : alterations) {
      const auto opened = open(written(alteration.alter, envelope));
      ASSERT_FALSE(opened) << alteration.name;
      EXPECT_EQ(error_name(opened.error().code), error_name(alteration.code))
          << alteration.name << ": " << opened.error().detail;
    }
  }
  // Each bit turned over, each end cut off, one byte more.
  static void expect_whole(const Bytes& envelope, const Open& open) {
    for (std::size_t bit = 0; bit < 8 * envelope.size(); ++bit) {
      Bytes altered = envelope;
      altered[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
      EXPECT_FALSE(open(altered)) << bit;
    }
    for (std::size_t size = 0; size < envelope.size(); ++size)
      EXPECT_FALSE(open(BytesView(envelope).first(size))) << size;
    Bytes longer = envelope;
    longer.push_back(0);
    EXPECT_FALSE(open(longer));
  }

  const SecretBytes content_ = secret("number and expiry");
  const SharedKey key_{to_bytes(std::string_view("session 1")), SecretBytes(Bytes(32, 7))};
};

TEST_F(CmsEnvelope, OpensForTheHolderOfTheCertificate) {
  const auto envelope = seal_to(holder().certificate, content_);
  ASSERT_TRUE(envelope) << envelope.error().detail;
  const auto opened = open(envelope.value());
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(text_of(opened.value()), text_of(content_));
}

TEST_F(CmsEnvelope, OpensUnderTheSharedKey) {
  const auto envelope = seal_under(key_, content_);
  ASSERT_TRUE(envelope) << envelope.error().detail;
  const auto opened = open_shared(envelope.value());
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(text_of(opened.value()), text_of(content_));
}

TEST_F(CmsEnvelope, OpensForTheHolderOfAKeyWithoutACertificate) {
  const auto envelope = seal_to_key(holder().key.public_key(), content_);
  ASSERT_TRUE(envelope) << envelope.error().detail;
  const auto opened = open_as_key(envelope.value());
  ASSERT_TRUE(opened) << opened.error().detail;
  EXPECT_EQ(text_of(opened.value()), text_of(content_));
}

TEST_F(CmsEnvelope, TakesAKeyWithoutACertificateByItsIdentifierAlone) {
  EXPECT_EQ(open(seal_to_key(holder().key.public_key(), content_).value()).error().code,
            ErrorCode::kUnsupported);
  EXPECT_EQ(open_as_key(seal_to(holder().certificate, content_).value()).error().code,
            ErrorCode::kUnsupported);
  const auto other = crypto::PrivateKey::generate(crypto::KeyKind::kP256);
  EXPECT_EQ(open_as_key(seal_to_key(other.public_key(), content_).value()).error().code,
            ErrorCode::kMalformed);
  const auto signs_only = crypto::PrivateKey::generate(crypto::KeyKind::kEd25519).public_key();
  EXPECT_EQ(seal_to_key(signs_only, content_).error().code, ErrorCode::kUnsupported);
}

TEST_F(CmsEnvelope, TakesContentsOfEveryLengthOfLengthUpToTheLimit) {
  for (const std::size_t size :
       {std::size_t{1}, std::size_t{127}, std::size_t{128}, std::size_t{65'536}, kMaxEnvelopeContent}) {
    const SecretBytes content(Bytes(size, 0x20));
    const auto sealed = open(seal_to(holder().certificate, content).value());
    ASSERT_TRUE(sealed) << size << sealed.error().detail;
    EXPECT_TRUE(equal_secrets(sealed.value(), content));
    const auto shared = open_shared(seal_under(key_, content).value());
    ASSERT_TRUE(shared) << size << shared.error().detail;
    EXPECT_TRUE(equal_secrets(shared.value(), content));
  }
}

TEST_F(CmsEnvelope, SealsNeitherNothingNorMoreThanTheLimit) {
  const SecretBytes longer(Bytes(kMaxEnvelopeContent + 1, 0x20));
  EXPECT_EQ(seal_to(holder().certificate, longer).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(seal_under(key_, longer).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(seal_to(holder().certificate, {}).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(seal_under(key_, {}).error().code, ErrorCode::kMalformed);
}

TEST_F(CmsEnvelope, OpensNothingLongerThanTheLimit) {
  const auto longer = [](DerTree& t) { encrypted_content(t)[2].contents.resize(kMaxEnvelopeContent + 1); };
  const Bytes envelope = seal_under(key_, content_).value();
  EXPECT_EQ(open_shared(written(longer, envelope)).error().code, ErrorCode::kTooLarge);
  EXPECT_EQ(open_shared(Bytes(kMaxEnvelopeContent + (9 << 10))).error().code, ErrorCode::kTooLarge);
}

TEST_F(CmsEnvelope, SealsOnlyToCertificatesForKeyAgreement) {
  for (const Role role : {Role::kPurchaser, Role::kMerchant, Role::kOcspResponder}) {
    const std::string_view unit = profile_of(role).subtree;
    const Issuer other = network().issue(role, "CN=Other,OU=" + std::string(unit));
    EXPECT_EQ(seal_to(other.certificate, content_).error().code, ErrorCode::kWrongRole);
  }
  EXPECT_EQ(seal_to(network().ca.certificate, content_).error().code, ErrorCode::kWrongRole);
}

TEST_F(CmsEnvelope, UsesFreshKeysEachTime) {
  DerTree one = DerTree::read(seal_to(holder().certificate, content_).value());
  DerTree other = DerTree::read(seal_to(holder().certificate, content_).value());
  EXPECT_NE(recipient(one)[1][0][1].contents, recipient(other)[1][0][1].contents);
  EXPECT_NE(recipient(one)[3][0][1].contents, recipient(other)[3][0][1].contents);
  EXPECT_NE(encrypted_content(one)[1][1][0].contents, encrypted_content(other)[1][1][0].contents);
  EXPECT_NE(encrypted_content(one)[2].contents, encrypted_content(other)[2].contents);
}

TEST_F(CmsEnvelope, OpensForNobodyElse) {
  const Bytes envelope = seal_to(holder().certificate, content_).value();
  const Issuer other = network().issue(Role::kPurchaserAgreement, "UID=p-2,OU=purchasers");
  EXPECT_EQ(open_sealed_to(other.certificate, agreement_by(other.key), envelope).error().code,
            ErrorCode::kMalformed);
  EXPECT_EQ(open_sealed_to(holder().certificate, agreement_by(other.key), envelope).error().code,
            ErrorCode::kMalformed);
  EXPECT_FALSE(open_shared(envelope));
}

TEST_F(CmsEnvelope, AsksTheKeyOnlyForItsOwnCertificate) {
  const Issuer other = network().issue(Role::kPurchaserAgreement, "UID=p-2,OU=purchasers");
  const Bytes envelope = seal_to(other.certificate, content_).value();
  bool asked = false;
  const KeyAgreement agree = [&](const crypto::PublicKey&) -> Result<SecretBytes> {
    asked = true;
    return fail(ErrorCode::kInternal, "asked");
  };
  EXPECT_FALSE(open_sealed_to(holder().certificate, agree, envelope));
  EXPECT_FALSE(asked);
}

TEST_F(CmsEnvelope, PassesOnWhatTheCardSays) {
  const KeyAgreement removed = [](const crypto::PublicKey&) -> Result<SecretBytes> {
    return fail(ErrorCode::kUnavailable, "card removed");
  };
  const Bytes envelope = seal_to(holder().certificate, content_).value();
  EXPECT_EQ(open_sealed_to(holder().certificate, removed, envelope).error().code, ErrorCode::kUnavailable);
}

TEST_F(CmsEnvelope, OpensUnderNoOtherKeyAndNoOtherIdentifier) {
  const Bytes envelope = seal_under(key_, content_).value();
  const SharedKey other_key{key_.identifier, SecretBytes(Bytes(32, 8))};
  const SharedKey other_identifier{to_bytes(std::string_view("session 2")), key_.key.clone()};
  EXPECT_EQ(open_sealed_under(other_key, envelope).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(open_sealed_under(other_identifier, envelope).error().code, ErrorCode::kMalformed);
  EXPECT_FALSE(open(envelope));
}

TEST_F(CmsEnvelope, TakesSharedKeysOfOneSizeWithAnIdentifier) {
  const SharedKey short_key{key_.identifier, SecretBytes(Bytes(16, 7))};
  const SharedKey nameless{{}, key_.key.clone()};
  const SharedKey long_name{Bytes(65, 1), key_.key.clone()};
  for (const SharedKey* key : {&short_key, &nameless, &long_name})
    EXPECT_EQ(seal_under(*key, content_).error().code, ErrorCode::kMalformed);
  EXPECT_EQ(open_sealed_under(short_key, seal_under(key_, content_).value()).error().code,
            ErrorCode::kMalformed);
}

TEST_F(CmsEnvelope, RefusesEveryOtherForm) {
  const Bytes sealed = seal_to(holder().certificate, content_).value();
  expect_refused(common_alterations(), sealed, open);
  expect_refused(agreement_alterations(), sealed, open);
  const Bytes shared = seal_under(key_, content_).value();
  const Open open_under = [this](BytesView envelope) { return open_shared(envelope); };
  expect_refused(common_alterations(), shared, open_under);
  expect_refused(shared_key_alterations(), shared, open_under);
}

TEST_F(CmsEnvelope, RefusesWhatWasAlteredInAnyBitOrCut) {
  expect_whole(seal_to(holder().certificate, content_).value(), open);
  expect_whole(seal_to_key(holder().key.public_key(), content_).value(), open_as_key);
  expect_whole(seal_under(key_, content_).value(),
               [this](BytesView envelope) { return open_shared(envelope); });
}

}  // namespace
}  // namespace countersign::x509
