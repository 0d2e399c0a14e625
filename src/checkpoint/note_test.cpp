// SPDX-License-Identifier: Apache-2.0
#include "checkpoint/note.h"

#include "base/text.h"
#include "checkpoint/testing/vectors.h"

namespace countersign::checkpoint {
namespace {

using enum ErrorCode;

const std::string kLogKey = "dc1.example/log+b4e29d71+AT1AF8PoQ4lakrcKp00bfrycmCzPLsSWjMDNVfEq9GYM";

TEST(VerifierKey, IsWrittenAsOthersWriteIt) {
  std::vector<std::string> expected;
  for (const std::string& line : split(read_vector("keys"), '\n'))
    expected.push_back(line.substr(line.find(' ') + 1));
  const std::vector<VerifierKey> keys = {log_signer().verifier(), alice_signer().verifier(),
                                         witness_signer().verifier(), second_witness_signer().verifier()};
  ASSERT_EQ(expected.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    EXPECT_EQ(keys[i].text(), expected[i]);
    const auto read = VerifierKey::parse(expected[i]);
    ASSERT_TRUE(read) << read.error().detail;
    EXPECT_EQ(read.value(), keys[i]);
  }
}

TEST(VerifierKey, OfTheSpecificationIsRead) {
  const auto key =
      VerifierKey::parse("example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k");
  ASSERT_TRUE(key) << key.error().detail;
  EXPECT_EQ(key.value().name, "example.com/foo");
  EXPECT_EQ(hex_encode(key.value().id), "530d903a");
  EXPECT_EQ(key.value().type, KeyType::kEd25519);
}

struct RefusedKey {
  const char* name;
  std::string text;
  ErrorCode code = kMalformed;
};

class VerifierKeyRefuses : public testing::TestWithParam<RefusedKey> {};

TEST_P(VerifierKeyRefuses, WhatIsNotInTheOneForm) {
  EXPECT_EQ(code_of(VerifierKey::parse(GetParam().text)), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    All, VerifierKeyRefuses,
    testing::Values(RefusedKey{"Nothing", ""}, RefusedKey{"ANameAlone", "dc1.example/log"},
                    RefusedKey{"NoKey", "dc1.example/log+b4e29d71"},
                    RefusedKey{"AnEmptyKey", "dc1.example/log+b4e29d71+"},
                    RefusedKey{"NoName", with(kLogKey, "dc1.example/log", "")},
                    RefusedKey{"ANameWithASpace", with(kLogKey, "dc1.", "dc 1.")},
                    RefusedKey{"ANameWithAControlCharacter", with(kLogKey, "dc1.", "dc\t1.")},
                    RefusedKey{"AnotherName", with(kLogKey, "dc1.", "dc2.")},
                    RefusedKey{"AnotherId", with(kLogKey, "b4e29d71", "b4e29d70")},
                    RefusedKey{"AnIdInCapitals", with(kLogKey, "b4e29d71", "B4E29D71")},
                    RefusedKey{"AShortId", with(kLogKey, "b4e29d71", "b4e29d7")},
                    RefusedKey{"AnEmptyId", with(kLogKey, "b4e29d71", "")},
                    RefusedKey{"ALineEnd", kLogKey + "\n"}, RefusedKey{"Padding", kLogKey + "=="},
                    RefusedKey{"AKeyOfThirtyOctets", with(kLogKey, "9GYM", "")},
                    RefusedKey{"Base64ForUrls", with(kLogKey, "Kp00bfrycmCzPLsSWjMDNVfEq9GYM",
                                                     "Kp00bfrycmCzPLsSWjMDNVfEq9G-_")},
                    RefusedKey{"ATypeOfOthers", with(kLogKey, "+AT1A", "+Bj1A"), kUnsupported},
                    RefusedKey{"AnUnassignedType", with(kLogKey, "+AT1A", "+/z1A"), kUnsupported},
                    RefusedKey{"TheTypeOfWitnessesWithTheIdOfALog", with(kLogKey, "+AT1A", "+BD1A")}),
    [](const auto& row) { return std::string(row.param.name); });

struct KeyName {
  const char* name;
  std::string text;
};

TEST(VerifierKey, HasANameThatIsSeenAndHasNoSpaces) {
  const crypto::PublicKey key = log_signer().verifier().key;
  for (const KeyName& row : {KeyName{"a path", "seoul-1.example/log"}, KeyName{"Korean", "서울/기록"},
                             KeyName{"longest", std::string(255, 'a')}})
    EXPECT_TRUE(VerifierKey::create(row.text, KeyType::kEd25519, key)) << row.name;
  for (const KeyName& row : {KeyName{"empty", ""}, KeyName{"space", "a b"}, KeyName{"plus", "a+b"},
                             KeyName{"newline", "a\nb"}, KeyName{"control", "a\x01"}, KeyName{"DEL", "a\x7f"},
                             KeyName{"no-break space", "a\u00a0b"}, KeyName{"ideographic space", "a\u3000b"},
                             KeyName{"next line", "a\u0085b"}, KeyName{"zero-width space", "a\u200bb"},
                             KeyName{"not UTF-8", "a\xff"}, KeyName{"too long", std::string(256, 'a')}})
    EXPECT_EQ(code_of(VerifierKey::create(row.text, KeyType::kEd25519, key)), kMalformed) << row.name;
}

TEST(VerifierKey, IsOfEd25519Alone) {
  const auto p256 = crypto::PrivateKey::generate(crypto::KeyKind::kP256).public_key();
  EXPECT_EQ(code_of(VerifierKey::create("a", KeyType::kEd25519, p256)), kUnsupported);
}

TEST(Note, IsReadAndWrittenAsOthersWriteIt) {
  for (const char* name : {"note", "checkpoint", "cosigned-checkpoint", "several-signatures"}) {
    const std::string text = read_vector(name);
    const auto note = parse_note(text);
    ASSERT_TRUE(note) << name << ": " << note.error().detail;
    EXPECT_EQ(write_note(note.value()), text) << name;
  }
}

TEST(Note, IsSignedAsOthersSignIt) {
  const std::string expected = read_vector("note");
  Note note{parse_note(expected).value().text, {}};
  EXPECT_TRUE(note.text.ends_with("— not one\n\n")) << "the last empty line ends the text";
  note.signatures.push_back(alice_signer().sign(note.text).value());
  note.signatures.push_back(log_signer().sign(note.text).value());
  EXPECT_EQ(write_note(note), expected);
}

TEST(Note, KeepsSignaturesOfEveryType) {
  const Note note = parse_note(read_vector("several-signatures")).value();
  ASSERT_EQ(note.signatures.size(), 4U);
  EXPECT_TRUE(is_named_by(note.signatures[0], log_signer().verifier()));
  EXPECT_TRUE(is_named_by(note.signatures[1], second_witness_signer().verifier()));
  EXPECT_EQ(note.signatures[1].payload.size(), 72U);
  EXPECT_EQ(note.signatures[2].payload.size(), 8U + 2420U) << "ML-DSA-44";
  EXPECT_TRUE(is_named_by(note.signatures[3], alice_signer().verifier()));
  EXPECT_FALSE(is_named_by(note.signatures[3], log_signer().verifier()));
}

std::string signature_line(const std::string& name, const Bytes& octets) {
  return "— " + name + " " + base64_encode(octets) + "\n";
}

const std::string kSigned = "text\n\n" + signature_line("a", Bytes(68, 1));

struct RefusedNote {
  const char* name;
  std::string text;
  ErrorCode code = kMalformed;
};

class NoteRefuses : public testing::TestWithParam<RefusedNote> {};

TEST_P(NoteRefuses, WhatIsNotInTheOneForm) {
  EXPECT_EQ(code_of(parse_note(GetParam().text)), GetParam().code);
}

INSTANTIATE_TEST_SUITE_P(
    All, NoteRefuses,
    testing::Values(RefusedNote{"Nothing", ""}, RefusedNote{"OneNewline", "\n"},
                    RefusedNote{"TwoNewlines", "\n\n"}, RefusedNote{"TextAlone", "text\n"},
                    RefusedNote{"NoSignature", "text\n\n"},
                    RefusedNote{"NoTextAtAll", signature_line("a", Bytes(68, 1))},
                    RefusedNote{"AnEmptyLineBeforeSignaturesAlone", "\n" + signature_line("a", Bytes(68, 1))},
                    RefusedNote{"NoNewlineAtTheEnd", kSigned.substr(0, kSigned.size() - 1)},
                    RefusedNote{"AnEmptyLineAtTheEnd", kSigned + "\n"},
                    RefusedNote{"NoEmptyLine", with(kSigned, "\n\n", "\n")},
                    RefusedNote{"MoreTextBelow", kSigned + "more\n"},
                    RefusedNote{"CarriageReturns", with(kSigned, "text\n", "text\r\n")},
                    RefusedNote{"ACarriageReturnAtTheEnd", with(kSigned, "=\n", "=\r\n")},
                    RefusedNote{"ATab", with(kSigned, "text", "te\tt")},
                    RefusedNote{"AZero", with(kSigned, "text", std::string_view("te\0t", 4))},
                    RefusedNote{"NoUtf8InTheText", with(kSigned, "text", "te\xfft")},
                    RefusedNote{"AnOverlongNewline", with(kSigned, "text", "te\xc0\x8at")},
                    RefusedNote{"AHyphenForADash", with(kSigned, "— ", "- ")},
                    RefusedNote{"AnEnDash", with(kSigned, "— ", "– ")},
                    RefusedNote{"NoSpaceAfterTheDash", with(kSigned, "— a", "—a")},
                    RefusedNote{"TwoSpacesAfterTheDash", with(kSigned, "— a", "—  a")},
                    RefusedNote{"TwoSpacesAfterTheName", with(kSigned, "— a ", "— a  ")},
                    RefusedNote{"NoName", with(kSigned, "— a ", "— ")},
                    RefusedNote{"ANameAlone", "text\n\n— a\n"}, RefusedNote{"NoOctets", "text\n\n— a \n"},
                    RefusedNote{"ANameWithAPlus", with(kSigned, "— a ", "— a+b ")},
                    RefusedNote{"ANameWithANoBreakSpace", with(kSigned, "— a ", "— a\u00a0b ")},
                    RefusedNote{"AnIdAlone", "text\n\n" + signature_line("a", Bytes(4, 1))},
                    RefusedNote{"ThreeOctets", "text\n\n" + signature_line("a", Bytes(3, 1))},
                    RefusedNote{"NoPadding", with(kSigned, "=\n", "\n")},
                    RefusedNote{"TrailingBits", with(kSigned, "E=\n", "F=\n")},
                    RefusedNote{"ASpaceAtTheEndOfALine", with(kSigned, "=\n", "= \n")},
                    RefusedNote{"TwoSignaturesOfOneKey", kSigned + signature_line("a", Bytes(68, 1))},
                    RefusedNote{"TwoSignaturesOfOneNameAndId",
                                kSigned + signature_line("a", Bytes{1, 1, 1, 1, 7})},
                    RefusedNote{"TooLong", std::string(kMaxNoteSize, 'x') + kSigned, kTooLarge}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Note, HasSignaturesOfOneNameAndSeveralKeys) {
  const auto note =
      parse_note(kSigned + signature_line("a", Bytes(68, 2)) + signature_line("b", Bytes(68, 1)));
  ASSERT_TRUE(note) << note.error().detail;
  EXPECT_EQ(note.value().signatures.size(), 3U);
}

TEST(Note, HasAtMostAHundredSignatures) {
  std::string note = "text\n\n";
  for (int i = 0; i < 100; ++i) note += signature_line("key" + std::to_string(i), Bytes(68, 1));
  EXPECT_TRUE(parse_note(note));
  EXPECT_EQ(code_of(parse_note(note + signature_line("one more", Bytes(68, 1)))), kTooLarge);
}

TEST(Note, IsAtMostSoLong) {
  const std::string padding(kMaxNoteSize - kSigned.size(), 'x');
  EXPECT_TRUE(parse_note(padding + kSigned));
  EXPECT_EQ(code_of(parse_note("x" + padding + kSigned)), kTooLarge);
}

TEST(SignatureLines, AreReadAndWrittenAsOthersWriteThem) {
  const std::string lines = read_vector("signature-lines");
  const auto signatures = parse_signature_lines(lines);
  ASSERT_TRUE(signatures) << signatures.error().detail;
  ASSERT_EQ(signatures.value().size(), 1U);
  EXPECT_TRUE(is_named_by(signatures.value()[0], witness_signer().verifier()));
  EXPECT_EQ(write_signature_lines(signatures.value()), lines);
}

TEST(SignatureLines, AreRefusedWhereTheyAreNotInTheOneForm) {
  const std::string line = signature_line("a", Bytes(68, 1));
  const RefusedNote rows[] = {{"none", ""},
                              {"an empty line", "\n"},
                              {"an empty line before", "\n" + line},
                              {"an empty line after", line + "\n"},
                              {"no newline at the end", line.substr(0, line.size() - 1)},
                              {"carriage returns", with(line, "\n", "\r\n")},
                              {"a note", kSigned},
                              {"two of one key", line + line},
                              {"too long", line + std::string(kMaxNoteSize, 'x') + "\n", kTooLarge}};
  for (const RefusedNote& row : rows)
    EXPECT_EQ(code_of(parse_signature_lines(row.text)), row.code) << row.name;
}

TEST(NoteSigner, SignsTextsOfNotesOnly) {
  for (const std::string text : {"", "no newline", "a carriage return\r\n", "\xff\n"}) {
    EXPECT_EQ(code_of(log_signer().sign(text)), kMalformed) << text;
    EXPECT_EQ(code_of(witness_signer().cosign(text, time_of_cosignature())), kMalformed) << text;
  }
}

TEST(NoteSigner, KeepsTheTypesOfItsKeysApart) {
  EXPECT_EQ(code_of(witness_signer().sign("text\n")), kUnsupported);
  EXPECT_EQ(code_of(log_signer().cosign("text\n", time_of_cosignature())), kUnsupported);
}

TEST(NoteSigner, CosignsAtTimesThatCanBeRead) {
  for (const std::int64_t seconds : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{253402300800}})
    EXPECT_EQ(code_of(witness_signer().cosign("text\n", from_unix_seconds(seconds))), kMalformed) << seconds;
  for (const std::int64_t seconds : {std::int64_t{1}, std::int64_t{253402300799}})
    EXPECT_TRUE(witness_signer().cosign("text\n", from_unix_seconds(seconds))) << seconds;
}

}  // namespace
}  // namespace countersign::checkpoint
