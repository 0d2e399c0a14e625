// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <algorithm>

namespace countersign {
namespace {

constexpr std::string_view kHexDigits = "0123456789abcdef";
constexpr std::string_view kBase64Alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kBase64UrlAlphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::int8_t kForeign = -1;

using DecodeTable = std::array<std::int8_t, 256>;

constexpr DecodeTable make_decode_table(std::string_view alphabet) {
  DecodeTable table{};
  table.fill(kForeign);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<std::uint8_t>(alphabet[i])] = static_cast<std::int8_t>(i);
  return table;
}

constexpr DecodeTable kBase64Table = make_decode_table(kBase64Alphabet);
constexpr DecodeTable kBase64UrlTable = make_decode_table(kBase64UrlAlphabet);

// Two characters for each value of twelve bits.
using EncodeTable = std::array<std::array<char, 2>, 4096>;

constexpr EncodeTable make_encode_table(std::string_view alphabet) {
  EncodeTable table{};
  for (std::size_t i = 0; i < table.size(); ++i) table[i] = {alphabet[i >> 6], alphabet[i & 63]};
  return table;
}

constexpr EncodeTable kBase64Pairs = make_encode_table(kBase64Alphabet);
constexpr EncodeTable kBase64UrlPairs = make_encode_table(kBase64UrlAlphabet);

constexpr std::size_t characters_of(std::size_t octets) {
  return (octets * 4 + 2) / 3;
}

#ifdef __x86_64__
// Encodes from the front, as far as whole registers reach, and says how many octets that was (a multiple of
// 24): four times as fast as by table.
template <typename Character>
__attribute__((target("avx2"))) std::size_t encode_by_avx2(BytesView bytes, const EncodeTable& pairs,
                                                           Character* out) {
  // Each lane has 12 octets, laid so that three of them stand in one 32-bit word as 1 0 2 1.
  const __m256i spread = _mm256_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10,  //
                                          1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10);
  // What is to be added to a value to become its character, by the row that the value falls into: A–Z, then
  // the digits, then the two last, then a–z.
  const auto last_two = [&pairs](int value) { return static_cast<char>(pairs[value][1] - value); };
  const char digits = '0' - 52;
  const __m128i shifts = _mm_setr_epi8('a' - 26, digits, digits, digits, digits, digits, digits, digits,
                                       digits, digits, digits, last_two(62), last_two(63), 'A', 0, 0);
  const __m256i both_shifts = _mm256_broadcastsi128_si256(shifts);
  std::size_t i = 0;
  for (; i + 28 <= bytes.size(); i += 24, out += 32) {
    const auto* from = reinterpret_cast<const __m128i*>(bytes.data() + i);
    const auto* second = reinterpret_cast<const __m128i*>(bytes.data() + i + 12);
    const __m256i octets =
        _mm256_shuffle_epi8(_mm256_set_m128i(_mm_loadu_si128(second), _mm_loadu_si128(from)), spread);
    // The first and third value of each word by a multiplication that shifts right, the others by one to the
    // left.
    const __m256i odd = _mm256_mulhi_epu16(_mm256_and_si256(octets, _mm256_set1_epi32(0x0fc0fc00)),
                                           _mm256_set1_epi32(0x04000040));
    const __m256i even = _mm256_mullo_epi16(_mm256_and_si256(octets, _mm256_set1_epi32(0x003f03f0)),
                                            _mm256_set1_epi32(0x01000010));
    const __m256i values = _mm256_or_si256(odd, even);
    // Rows: 13 for A–Z, 0 for a–z, 1 to 12 for 52 to 63.
    const __m256i beyond = _mm256_subs_epu8(values, _mm256_set1_epi8(51));
    const __m256i is_upper = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), values);
    const __m256i row = _mm256_or_si256(beyond, _mm256_and_si256(is_upper, _mm256_set1_epi8(13)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out),
                        _mm256_add_epi8(values, _mm256_shuffle_epi8(both_shifts, row)));
  }
  return i;
}
#endif

template <typename Character>
std::size_t encode_wide(BytesView bytes, const EncodeTable& pairs, Character* out) {
#ifdef __x86_64__
  static const bool kHasAvx2 = __builtin_cpu_supports("avx2") != 0;
  if (kHasAvx2) return encode_by_avx2(bytes, pairs, out);
#endif
  return 0;
}

// Confirmations carry most of their octets in this form, so it writes into memory that is there: as many
// characters as characters_of says.
template <typename Character>
void encode64(BytesView bytes, const EncodeTable& pairs, Character* out) {
  const auto put = [&out, &pairs](std::uint32_t bits, std::size_t characters) {
    out = std::copy_n(pairs[bits].data(), characters, out);
  };
  std::size_t i = encode_wide(bytes, pairs, out);
  out += i / 3 * 4;
  for (; i + 3 <= bytes.size(); i += 3) {
    const std::uint32_t group =
        std::uint32_t{bytes[i]} << 16 | std::uint32_t{bytes[i + 1]} << 8 | bytes[i + 2];
    put(group >> 12, 2);
    put(group & 0xfff, 2);
  }
  const std::size_t rest = bytes.size() - i;
  if (rest == 0) return;
  std::uint32_t group = std::uint32_t{bytes[i]} << 16;
  if (rest == 2) group |= std::uint32_t{bytes[i + 1]} << 8;
  put(group >> 12, 2);
  put(group & 0xfff, rest - 1);
}

std::size_t padded(std::size_t characters) {
  return (characters + 3) / 4 * 4;
}

// Decodes unpadded text of one alphabet; refuses lengths and trailing bits that no encoder produces.
Result<Bytes> decode64(std::string_view text, const DecodeTable& table) {
  if (text.size() % 4 == 1) return fail(ErrorCode::kMalformed, "base64: impossible length");
  Bytes bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t group = 0;
  unsigned bits = 0;
  for (const char c : text) {
    const std::int8_t value = table[static_cast<std::uint8_t>(c)];
    if (value == kForeign) return fail(ErrorCode::kMalformed, "base64: character outside of the alphabet");
    group = group << 6 | static_cast<std::uint32_t>(value);
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push_back(static_cast<std::uint8_t>(group >> bits & 0xff));
  }
  if ((group & ((1U << bits) - 1)) != 0)
    return fail(ErrorCode::kMalformed, "base64: trailing bits are not zero");
  return bytes;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return kForeign;
}

}  // namespace

bool equal(BytesView a, BytesView b) {
  return std::ranges::equal(a, b);
}

std::string hex_encode(BytesView bytes) {
  std::string text;
  text.reserve(bytes.size() * 2);
  for (const std::uint8_t byte : bytes) {
    text.push_back(kHexDigits[byte >> 4]);
    text.push_back(kHexDigits[byte & 15]);
  }
  return text;
}

Result<Bytes> hex_decode(std::string_view text) {
  if (text.size() % 2 != 0) return fail(ErrorCode::kMalformed, "hex: odd number of digits");
  Bytes bytes;
  bytes.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_value(text[i]);
    const int low = hex_value(text[i + 1]);
    if (high < 0 || low < 0) return fail(ErrorCode::kMalformed, "hex: not a hexadecimal digit");
    bytes.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  return bytes;
}

std::string base64_encode(BytesView bytes) {
  std::string text(padded(characters_of(bytes.size())), '=');
  encode64(bytes, kBase64Pairs, text.data());
  return text;
}

void append_base64(Bytes& text, BytesView bytes) {
  const std::size_t before = text.size();
  text.resize(before + padded(characters_of(bytes.size())), '=');
  encode64(bytes, kBase64Pairs, text.data() + before);
}

Result<Bytes> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return fail(ErrorCode::kMalformed, "base64: length is not a multiple of four");
  std::size_t padding = 0;
  while (padding < 2 && padding < text.size() && text[text.size() - 1 - padding] == '=') ++padding;
  return decode64(text.substr(0, text.size() - padding), kBase64Table);
}

std::string base64url_encode(BytesView bytes) {
  std::string text(characters_of(bytes.size()), '\0');
  encode64(bytes, kBase64UrlPairs, text.data());
  return text;
}

Result<Bytes> base64url_decode(std::string_view text) {
  return decode64(text, kBase64UrlTable);
}

}  // namespace countersign
