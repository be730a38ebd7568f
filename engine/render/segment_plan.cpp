#include "engine/render/segment_plan.hpp"

#include <algorithm>
#include <utility>

#include "engine/render/engine_version.hpp"

namespace talkback::render {

namespace {

std::size_t index(int value) noexcept { return static_cast<std::size_t>(value); }

Error damaged() { return {ErrorCode::corrupt, "The render cache is damaged."}; }

}  // namespace

SegmentPlan::SegmentPlan(graph::Graph& graph, std::vector<int> outputs, std::vector<Segment> segments,
                         SegmentCache& cache, bool keeps_sums)
    : graph_(graph),
      outputs_(std::move(outputs)),
      segments_(std::move(segments)),
      cache_(cache),
      wanted_(graph.entries.size(), false),
      sum_before_(graph.entries.size(), -1),
      is_all_new_(graph.entries.size(), false),
      facts_(graph.entries.size()),
      uses_(graph.entries.size()),
      sounds_(graph.entries.size()),
      bases_(graph.entries.size()) {
  for (const int output : outputs_) wanted_[index(output)] = true;
  for (int entry = 0; entry < graph.entries_of_session; ++entry) {
    if (graph.entries[index(entry)].keep == graph::Keep::states) wanted_[index(entry)] = true;
  }
  const auto want_inputs = [&] {
    for (std::size_t i = graph.entries.size(); i-- > 0;) {
      if (!wanted_[i]) continue;
      for (const int input : graph.entries[i].inputs) wanted_[index(input)] = true;
    }
  };
  want_inputs();
  for (const graph::SumPair& pair : graph.sum_pairs) {
    if (!wanted_[index(pair.entry)]) continue;
    sum_before_[index(pair.entry)] = pair.before;
    is_all_new_[index(pair.entry)] = is_all_new(graph, pair);
    wanted_[index(pair.before)] = true;
  }
  want_inputs();
  is_edit_small_ = !keeps_sums && !graph.sum_pairs.empty() && !is_base_far(graph, wanted_);
  find_tables();
}

// Only of entries whose inputs have theirs: whatever has to be computed again finds what it comes in with.
void SegmentPlan::find_tables() {
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    const graph::GraphEntry& entry = graph_.entries[i];
    const auto is_known = [&](int input) { return facts_[index(input)].is_table_known; };
    if (!wanted_[i] || !std::ranges::all_of(entry.inputs, is_known)) continue;
    std::optional<SongTable> table = load_table(cache_, entry, segments_);
    if (!table) continue;
    Facts& facts = facts_[i];
    facts.is_table_known = true;
    facts.table = std::move(*table);
    if (!needs_record(static_cast<int>(i))) continue;
    for (const SegmentRow& row : facts.table) facts.not_finite += row.record.not_finite;
  }
}

bool SegmentPlan::needs_record(int entry) const {
  return node(entry).memory() != graph::Memory::none || graph_.entries[index(entry)].inputs.empty();
}

// What decides about the entry in the current segment. The inputs of entries without a table are asked first.
SegmentPlan::Facts& SegmentPlan::know(int entry) {
  Facts& facts = facts_[index(entry)];
  if (facts.known_at == segment_.number) return facts;
  facts.known_at = segment_.number;
  facts.record.reset();
  if (!facts.is_table_known) {
    find_key(entry);
    return facts;
  }
  const SegmentRow& row = facts.table[index(segment_.number)];
  facts.key = row.key;
  facts.is_key_known = true;
  facts.state = segment_.number == 0 ? ContentKey{} : facts.table[index(segment_.number - 1)].record.state;
  if (needs_record(entry)) facts.record = row.record;
  return facts;
}

void SegmentPlan::find_key(int number) {
  const graph::GraphEntry& entry = graph_.entries[index(number)];
  Facts& facts = facts_[index(number)];
  facts.is_key_known =
      facts.is_state_known && std::ranges::all_of(entry.inputs, [&](int input) { return know(input).is_key_known; });
  if (!facts.is_key_known) return;
  key_text_.assign(kEngineVersion);
  graph::append_key(key_text_, entry.fixed_key);
  graph::append_key(key_text_, segment_.begin.count, segment_.frames);
  const std::int64_t begin = segment_.begin.count - entry.latency_before.count;
  entry.node->describe(begin, begin + segment_.frames, key_text_);
  key_text_ += '|';
  for (const int input : entry.inputs) graph::append_key(key_text_, facts_[index(input)].key);
  if (entry.node->memory() != graph::Memory::none) graph::append_key(key_text_, facts.state);
  facts.key = sha256(key_text_);
  if (!needs_record(number)) return;
  facts.record = cache_.find_record(facts.key);
  // A record is worth nothing without the state that it promises.
  if (facts.record && entry.node->memory() == graph::Memory::archived && !cache_.has_state(facts.record->state))
    facts.record.reset();
}

// A sum from the one before: true where that is possible and less work.
bool SegmentPlan::adjust(int entry) {
  const int before = sum_before_[index(entry)];
  if (before < 0 || !know(before).is_key_known || !cache_.has_sound(know(before).key)) return false;
  EntryTask& task = tasks_[index(entry)];
  std::vector<int> kept;
  const std::vector<int>& now = graph_.entries[index(entry)].inputs;
  const std::vector<int>& then = graph_.entries[index(before)].inputs;
  const auto key_of = [&](int input) { return know(input).key; };
  std::vector<int> unmatched = then;
  for (const int input : now) {
    const auto same = std::ranges::find_if(unmatched, [&](int other) { return key_of(other) == key_of(input); });
    if (same == unmatched.end()) {
      task.added.push_back(input);
    } else {
      unmatched.erase(same);
    }
  }
  task.removed = std::move(unmatched);
  if (task.added.size() + task.removed.size() >= now.size()) {
    task.added.clear();
    task.removed.clear();
    return false;
  }
  if (!load_base(entry)) {
    task.added.clear();
    task.removed.clear();
    return false;
  }
  task.kind = EntryTask::Kind::adjust;
  task.base = &bases_[index(entry)];
  return true;
}

// A sum that this edit made is likely to be another after the next. One that has outlived an edit is not.
bool SegmentPlan::is_kept_when_new(int entry) const { return !is_edit_small_ || facts_[index(entry)].is_table_known; }

// What the sum before was.
bool SegmentPlan::load_base(int entry) {
  SegmentSound& base = bases_[index(entry)];
  if (base.bytes.empty() || base.frames != segment_.frames) base = SegmentSound::make(true, 2, segment_.frames);
  return load(facts_[index(sum_before_[index(entry)])].key, base);
}

// Reads a sound now, or takes what was read ahead.
bool SegmentPlan::load(const ContentKey& key, SegmentSound& sound) {
  const auto ahead =
      std::ranges::find_if(next_sounds_, [&](const NextSound& next) { return next.is_loaded && next.key == key; });
  if (ahead == next_sounds_.end()) return cache_.load_sound(key, sound.bytes);
  std::swap(sound, ahead->sound);
  ahead->is_loaded = false;
  return true;
}

// Where one segment of an entry is played, or adjusted from its base, the next is likely to be.
void SegmentPlan::load_ahead() {
  // Their memory goes from segment to segment.
  std::vector<NextSound> spare = std::exchange(next_sounds_, {});
  const std::size_t next = index(segment_.number) + 1;
  if (next >= segments_.size()) return;
  const int frames = segments_[next].frames;
  const auto add = [&](int entry, const SegmentSound& like) {
    const Facts& facts = facts_[index(entry)];
    if (!facts.is_table_known) return;
    const ContentKey key = facts.table[next].key;
    if (!cache_.has_sound(key)) return;
    const auto fits = [&](const NextSound& other) {
      return other.sound.is_exact == like.is_exact && other.sound.channels == like.channels &&
             other.sound.frames == frames;
    };
    NextSound sound{.key = key};
    if (const auto same = std::ranges::find_if(spare, fits); same != spare.end()) {
      sound.sound = std::move(same->sound);
      spare.erase(same);
    } else {
      sound.sound = SegmentSound::make(like.is_exact, like.channels, frames);
    }
    next_sounds_.push_back(std::move(sound));
  };
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    const auto entry = static_cast<int>(i);
    if (tasks_[i].kind == EntryTask::Kind::adjust) add(sum_before_[i], bases_[i]);
    if (tasks_[i].kind == EntryTask::Kind::play) add(entry, *tasks_[i].sound);
  }
  if (next_sounds_.empty()) return;
  ahead_ = std::async(std::launch::async, [this] {
    for (NextSound& sound : next_sounds_) sound.is_loaded = cache_.load_sound(sound.key, sound.sound.bytes);
  });
}

bool SegmentPlan::is_new(int entry) const {
  const Facts& facts = facts_[index(entry)];
  return needs_record(entry) && facts.is_key_known && !facts.record;
}

// How the entry's sound is had, and what that takes.
void SegmentPlan::demand(int entry) {
  EntryTask& task = tasks_[index(entry)];
  if (task.kind != EntryTask::Kind::nothing) return;
  const Facts& facts = know(entry);
  const graph::GraphEntry& source = graph_.entries[index(entry)];
  task.kind = EntryTask::Kind::compute;
  if (source.keep != graph::Keep::nothing && source.keep != graph::Keep::states) {
    const bool is_exact = source.keep == graph::Keep::exact;
    SegmentSound& sound = sounds_[index(entry)];
    if (sound.bytes.empty() || sound.frames != segment_.frames)
      sound = SegmentSound::make(is_exact, source.node->channels(), segment_.frames);
    task.sound = &sound;
    if (!is_new(entry) && facts.is_key_known && load(facts.key, sound)) {
      task.kind = EntryTask::Kind::play;
      return;
    }
    const bool is_adjusted = is_exact && adjust(entry);
    if (is_exact && !is_adjusted && !is_all_new_[index(entry)] && sum_before_[index(entry)] >= 0 && is_edit_small_) {
      is_base_worn_ = true;
    } else if (source.keep != graph::Keep::sound && !is_kept_when_new(entry)) {
      task.sound = nullptr;
    }
    if (is_adjusted) {
      for (const int input : task.added) demand(input);
      for (const int input : task.removed) demand(input);
      return;
    }
  }
  for (const int input : source.inputs) demand(input);
}

Result<void> SegmentPlan::load_state(int entry) {
  Facts& facts = facts_[index(entry)];
  if (facts.live_at == segment_.number) return {};
  if (node(entry).memory() == graph::Memory::replayed) {
    replay(entry);
    return {};
  }
  if (!facts.is_state_known) return damaged();
  return load_archive(entry, facts.state);
}

Result<void> SegmentPlan::load_archive(int entry, const ContentKey& key) {
  std::vector<std::byte> bytes;
  if (!cache_.load_state(key, bytes)) return damaged();
  auto state = dsp::StateArchive::loading(bytes);
  node(entry).archive(state);
  if (!state.is_complete()) return damaged();
  return {};
}

// Plays again what came before, unheard. Such nodes have no inputs.
void SegmentPlan::replay(int entry) {
  graph::Node& source = node(entry);
  source.reset();
  AudioBuffer unheard(source.channels(), SegmentRunner::kStretchFrames);
  for (std::int64_t at = 0; at < segment_.begin.count; at += SegmentRunner::kStretchFrames) {
    const auto frames =
        static_cast<int>(std::min<std::int64_t>(SegmentRunner::kStretchFrames, segment_.begin.count - at));
    source.process({}, unheard.block().slice(0, frames), FramePosition{at});
  }
}

Result<std::vector<EntryTask>> SegmentPlan::begin(const Segment& segment) {
  segment_ = segment;
  tasks_.assign(graph_.entries.size(), {});
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    const bool is_read = graph_.entries[i].keep == graph::Keep::states;
    if (wanted_[i] && (is_read || !facts_[i].is_table_known)) know(static_cast<int>(i));
  }
  for (const int output : outputs_) demand(output);
  // Without their record nothing that follows would be known.
  for (int entry = 0; entry < graph_.entries_of_session; ++entry) {
    if (wanted_[index(entry)] && !facts_[index(entry)].is_table_known && is_new(entry)) demand(entry);
  }
  for (std::size_t i = 0; i < tasks_.size(); ++i) {
    if (!wanted_[i]) continue;
    const auto entry = static_cast<int>(i);
    ++uses_[i].segments;
    if (tasks_[i].kind == EntryTask::Kind::adjust) ++uses_[i].adjusted;
    if (tasks_[i].kind != EntryTask::Kind::compute) continue;
    ++uses_[i].computed;
    if (facts_[i].record) ++uses_[i].again;
    if (node(entry).memory() != graph::Memory::none) TALKBACK_TRY(load_state(entry));
  }
  load_ahead();
  return tasks_;
}

void SegmentPlan::close(int entry) {
  Facts& facts = facts_[index(entry)];
  if (const SegmentSound* kept = tasks_[index(entry)].sound) facts.sound_check = SegmentCache::check_of(kept->bytes);
  if (node(entry).memory() != graph::Memory::archived) return;
  facts.end_state.clear();
  auto state = dsp::StateArchive::saving(facts.end_state);
  node(entry).archive(state);
  facts.state = SegmentCache::key_of_state(facts.end_state);
}

Result<void> SegmentPlan::end(const SegmentRunner& runner) {
  if (ahead_.valid()) ahead_.get();
  for (std::size_t i = 0; i < facts_.size(); ++i) {
    if (!wanted_[i]) continue;
    const auto entry = static_cast<int>(i);
    Facts& facts = facts_[i];
    const EntryTask& task = tasks_[i];
    const bool is_found = task.kind == EntryTask::Kind::nothing && facts.known_at == segment_.number && facts.record;
    if (graph_.entries[i].keep == graph::Keep::states && is_found)
      TALKBACK_TRY(load_archive(entry, facts.record->state));
    if (facts.is_table_known && task.kind == EntryTask::Kind::nothing) continue;
    const bool is_computed = task.kind == EntryTask::Kind::compute;
    if (!needs_record(entry)) {
      if (task.sound != nullptr && task.kind != EntryTask::Kind::play && facts.is_key_known)
        cache_.put_sound(facts.key, std::move(task.sound->bytes), facts.sound_check);
      note_row(facts, {});
      continue;
    }
    if (!is_computed) {
      if (facts.is_table_known) continue;
      facts.is_state_known = facts.is_key_known && facts.record.has_value();
      if (facts.is_state_known) {
        facts.state = facts.record->state;
        facts.not_finite += facts.record->not_finite;
        note_row(facts, *facts.record);
      }
      continue;
    }
    facts.live_at = segment_.number + 1;
    // What cannot be archived is known by all that it has played.
    if (node(entry).memory() == graph::Memory::replayed) facts.state = facts.key;
    const std::int64_t counted = runner.not_finite(entry) + node(entry).not_finite();
    const SegmentCache::Record record{facts.state, counted - facts.counted};
    facts.counted = counted;
    if (!facts.is_table_known) facts.not_finite += record.not_finite;
    if (!facts.is_key_known) continue;
    if (facts.record && *facts.record != record) return damaged();
    if (node(entry).memory() == graph::Memory::archived) cache_.put_state(facts.state, facts.end_state);
    if (task.sound != nullptr) cache_.put_sound(facts.key, std::move(task.sound->bytes), facts.sound_check);
    cache_.put_record(facts.key, record);
    note_row(facts, record);
  }
  return {};
}

void SegmentPlan::note_row(Facts& facts, const SegmentCache::Record& record) {
  // One segment that is not known ends it.
  const bool is_next = facts.table.size() == index(segment_.number);
  if (facts.is_key_known && !facts.is_table_known && is_next) facts.table.push_back({facts.key, record});
}

bool SegmentPlan::are_sums_kept() const {
  for (const auto& [track, entry] : graph_.sums) {
    const SongTable& table = facts_[index(entry)].table;
    const auto is_kept = [this](const SegmentRow& row) { return cache_.has_sound(row.key); };
    if (table.size() != segments_.size() || !std::ranges::all_of(table, is_kept)) return false;
  }
  return true;
}

SumBase SegmentPlan::sum_base() const {
  if (are_sums_kept()) return SumBase::renew;
  return is_base_worn_ ? SumBase::drop : SumBase::leave;
}

void SegmentPlan::keep_tables() {
  for (int entry = 0; entry < graph_.entries_of_session; ++entry) {
    const Facts& facts = facts_[index(entry)];
    if (wanted_[index(entry)] && !facts.is_table_known && facts.table.size() == segments_.size())
      keep_table(cache_, graph_.entries[index(entry)], segments_, facts.table);
  }
}

}  // namespace talkback::render
