// SPDX-License-Identifier: Apache-2.0
#include "cardcompany/ledger/journal.h"

#include <algorithm>
#include <array>
#include <map>

#include "crypto/digest.h"

namespace countersign::cardcompany {
namespace {

constexpr std::int64_t kPage = 500;
constexpr std::size_t kDigestSize = 32;
constexpr std::array<std::string_view, 4> kAccountKinds = {"held", "holder", "merchant", "commitments"};
constexpr std::array<std::string_view, 5> kEntryKinds = {"hold", "release", "capture", "refund", "reversal"};

// What the digest of an entry covers, one after the other: integers as 64 bits big-endian, texts behind their
// length.
class Covered {
 public:
  void integer(std::int64_t value) {
    for (int shift = 56; shift >= 0; shift -= 8)
      bytes_.push_back(static_cast<std::uint8_t>(static_cast<std::uint64_t>(value) >> shift));
  }
  void text(std::string_view value) {
    integer(static_cast<std::int64_t>(value.size()));
    bytes_.insert(bytes_.end(), value.begin(), value.end());
  }
  Bytes digest_after(BytesView previous) const { return to_bytes(crypto::sha256_of({previous, bytes_})); }

 private:
  Bytes bytes_;
};

struct Head {
  std::int64_t number = 0;
  Bytes digest = Bytes(kDigestSize, 0);
};

Result<Head> read_head(storage::Reader& reader) {
  TRY(const auto row,
      reader.query_one("SELECT number, digest FROM journal ORDER BY number DESC LIMIT 1", {}));
  return row ? Head{row->integer(0), row->blob(1)} : Head{};
}

bool sums_to_zero(const std::vector<Posting>& postings) {
  std::map<std::string_view, std::int64_t> sums;
  for (const Posting& posting : postings) {
    std::int64_t& sum = sums[posting.account.currency];
    if (posting.minor_units == 0 || __builtin_add_overflow(sum, posting.minor_units, &sum)) return false;
  }
  return !postings.empty() && std::ranges::all_of(sums, [](const auto& sum) { return sum.second == 0; });
}

Result<void> carry(storage::Transaction& transaction, const Posting& posting) {
  const LedgerAccount& account = posting.account;
  TRY(transaction.execute(
      "INSERT INTO ledger_accounts (id, kind, owner, currency, balance) VALUES ($1, $2, $3, $4, 0) "
      "ON CONFLICT DO NOTHING",
      {account.id(), std::string(ledger_kind_name(account.kind)), account.owner, account.currency}));
  TRY(const auto row,
      transaction.query_one("SELECT balance FROM ledger_accounts WHERE id = $1", {account.id()}));
  if (!row) return fail(ErrorCode::kInternal, "ledger: an account is not there");
  std::int64_t balance = 0;
  if (__builtin_add_overflow(row->integer(0), posting.minor_units, &balance) || balance > kLargestInteger ||
      balance < -kLargestInteger)
    return fail(ErrorCode::kAmountMismatch, "ledger: a balance would overflow");
  TRY(transaction.execute("UPDATE ledger_accounts SET balance = $2 WHERE id = $1", {account.id(), balance}));
  return ok();
}

// The entries of one page, with their postings in order, as digests cover them.
Result<std::vector<storage::Row>> read_page(storage::Reader& reader, std::int64_t after) {
  return reader.query(
      "SELECT j.number, j.kind, j.authorization_id, j.movement, j.made, j.digest, p.account, p.amount "
      "FROM journal j JOIN postings p ON p.entry = j.number WHERE j.number > $1 AND j.number <= $2 "
      "ORDER BY j.number, p.line",
      {after, after + kPage});
}

Covered begin_covering(std::int64_t number, std::string_view kind, std::string_view authorization,
                       std::string_view movement, std::int64_t made) {
  Covered covered;
  covered.integer(number);
  covered.text(kind);
  covered.text(authorization);
  covered.text(movement);
  covered.integer(made);
  return covered;
}

}  // namespace

std::string_view ledger_kind_name(LedgerAccount::Kind kind) {
  return kAccountKinds.at(static_cast<std::size_t>(kind));
}

std::string LedgerAccount::id() const {
  return std::string(ledger_kind_name(kind)) + ":" + currency + ":" + owner;
}

std::string_view entry_kind_name(Entry::Kind kind) {
  return kEntryKinds.at(static_cast<std::size_t>(kind));
}

Result<std::int64_t> append_entry(storage::Transaction& transaction, const Entry& entry, TimePoint now) {
  if (!sums_to_zero(entry.postings)) return fail(ErrorCode::kInternal, "ledger: postings without balance");
  TRY(const auto head, read_head(transaction));
  const std::int64_t number = head.number + 1;
  const std::string kind(entry_kind_name(entry.kind));
  auto covered = begin_covering(number, kind, entry.authorization, entry.movement, unix_seconds(now));
  std::vector<storage::Values> lines;
  for (const Posting& posting : entry.postings) {
    TRY(carry(transaction, posting));
    covered.text(posting.account.id());
    covered.integer(posting.minor_units);
    lines.push_back(
        {number, static_cast<std::int64_t>(lines.size()) + 1, posting.account.id(), posting.minor_units});
  }
  TRY(
      transaction.execute("INSERT INTO journal (number, kind, authorization_id, movement, made, digest) "
                          "VALUES ($1, $2, $3, $4, $5, $6)",
                          {number, kind, entry.authorization, entry.movement, unix_seconds(now),
                           covered.digest_after(head.digest)}));
  TRY(transaction.execute_many("INSERT INTO postings (entry, line, account, amount) VALUES ($1, $2, $3, $4)",
                               lines));
  return number;
}

Result<std::vector<Posting>> mirrored_postings(storage::Reader& reader, std::int64_t entry) {
  TRY(const auto rows,
      reader.query("SELECT a.kind, a.owner, a.currency, p.amount FROM postings p "
                   "JOIN ledger_accounts a ON a.id = p.account WHERE p.entry = $1 ORDER BY p.line",
                   {entry}));
  std::vector<Posting> mirrored;
  for (const auto& row : rows) {
    const auto* const kind = std::ranges::find(kAccountKinds, row.text(0));
    mirrored.push_back(
        {{static_cast<LedgerAccount::Kind>(kind - kAccountKinds.begin()), row.text(1), row.text(2)},
         -row.integer(3)});
  }
  return mirrored;
}

Result<std::vector<std::int64_t>> verify_journal(storage::Reader& reader, std::size_t limit) {
  std::vector<std::int64_t> wrong;
  TRY(const auto head, read_head(reader));
  Bytes previous(kDigestSize, 0);
  for (std::int64_t after = 0; after < head.number && wrong.size() < limit; after += kPage) {
    TRY(const auto rows, read_page(reader, after));
    std::size_t at = 0;
    for (std::int64_t number = after + 1; number <= std::min(after + kPage, head.number); ++number) {
      if (at == rows.size() || rows[at].integer(0) != number) {
        wrong.push_back(number);
        continue;
      }
      const storage::Row& first = rows[at];
      auto covered = begin_covering(number, first.text(1), first.text(2), first.text(3), first.integer(4));
      for (; at < rows.size() && rows[at].integer(0) == number; ++at) {
        covered.text(rows[at].text(6));
        covered.integer(rows[at].integer(7));
      }
      if (covered.digest_after(previous) != first.blob(5)) wrong.push_back(number);
      previous = first.blob(5);
    }
  }
  if (wrong.size() > limit) wrong.resize(limit);
  return wrong;
}

}  // namespace countersign::cardcompany
