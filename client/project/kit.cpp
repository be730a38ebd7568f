#include "client/project/kit.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <map>

#include "engine/media/audio_file.hpp"
#include "engine/session/order_key.hpp"

namespace talkback::project {
namespace {

constexpr int kHatChokeGroup = 1;
constexpr int kLayersMax = 16;  // "v17" is a velocity

bool is_letter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_capital(char c) { return c >= 'A' && c <= 'Z'; }

// "OpenHat_02 (vel80)" -> Open Hat 02 vel80. A minus between a note and a digit stays, as its octave.
std::vector<std::string> words_of(const std::string& name) {
  std::vector<std::string> words;
  std::string word;
  const auto close = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool is_octave_sign = c == '-' && !word.empty() && word.size() <= 2 && word[0] >= 'A' && word[0] <= 'G' &&
                                (word.size() == 1 || word[1] == '#' || word[1] == 'b') && i + 1 < name.size() &&
                                (name[i + 1] == '1' || name[i + 1] == '2') &&
                                (i + 2 == name.size() || !is_digit(name[i + 2]));
    if (!is_letter(c) && !is_digit(c) && c != '#' && !is_octave_sign && static_cast<unsigned char>(c) < 0x80) {
      close();
      continue;
    }
    if (is_capital(c) && !word.empty() && is_letter(word.back()) && !is_capital(word.back())) close();
    word += c;
  }
  close();
  return words;
}

std::string lowered(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::optional<int> number_in(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc{} && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

// The number behind one of the prefixes ("vel80"), or as the next word ("vel 80").
std::optional<int> number_behind(const std::vector<std::string>& words, std::size_t at,
                                 std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (!words[at].starts_with(prefix)) continue;
    if (words[at].size() > prefix.size()) {
      if (const auto number = number_in(std::string_view(words[at]).substr(prefix.size()))) return number;
    } else if (at + 1 < words.size() && prefix.size() > 1) {
      return number_in(words[at + 1]);
    }
  }
  return std::nullopt;
}

// The velocities that notation programs give dynamic marks.
std::optional<int> velocity_of_mark(std::string_view word) {
  static constexpr std::pair<std::string_view, int> kMarks[] = {
      {"ppp", 16},  {"pp", 33},    {"p", 49},    {"mp", 64},  {"mf", 80},     {"f", 96},     {"ff", 112},
      {"fff", 127}, {"ghost", 33}, {"soft", 49}, {"med", 80}, {"medium", 80}, {"hard", 112}, {"loud", 112}};
  const auto* found = std::ranges::find(kMarks, word, &std::pair<std::string_view, int>::first);
  return found == std::end(kMarks) ? std::nullopt : std::optional(found->second);
}

// The longest run of words that is a drum, numbers left aside: "Closed Hat 02", "BD1".
std::optional<int> drum_in(const std::vector<std::string>& words) {
  std::vector<std::string> names = words;
  for (std::string& word : names) {
    const std::size_t digits = word.find_first_of("0123456789");
    word.resize(std::min(digits, word.size()));
  }
  std::erase(names, "");
  for (std::size_t length = std::min<std::size_t>(names.size(), 3); length > 0; --length) {
    for (std::size_t at = 0; at + length <= names.size(); ++at) {
      std::string text;
      for (std::size_t i = at; i < at + length; ++i) text += (text.empty() ? "" : " ") + names[i];
      if (const auto drum = pitch_from_drum(text)) return drum;
    }
  }
  return std::nullopt;
}

struct Sorted {
  std::size_t file;
  KitName name;
  double level_db;
};

// Files of one key, by how hard they were played: groups that sound alike, softest first, with their velocity where
// it is known.
struct Layer {
  std::vector<std::size_t> files;
  std::optional<int> velocity;
};

std::vector<Layer> layers_of(std::vector<Sorted> files) {
  const bool has_velocity = std::ranges::any_of(files, [](const Sorted& f) { return f.name.velocity.has_value(); });
  const bool has_layer = std::ranges::any_of(files, [](const Sorted& f) { return f.name.layer.has_value(); });
  const bool takes_turns = std::ranges::all_of(files, [](const Sorted& f) { return f.name.takes_turns; });
  const auto place = [&](const Sorted& file) {
    if (has_velocity) return static_cast<double>(file.name.velocity.value_or(100));
    if (has_layer) return static_cast<double>(file.name.layer.value_or(1));
    return takes_turns ? 0.0 : file.level_db;
  };
  const double apart = has_velocity || has_layer ? 0.5 : kLayerDb;
  std::ranges::stable_sort(files, {}, place);
  std::vector<Layer> layers;
  double first = 0.0;
  for (const Sorted& file : files) {
    if (layers.empty() || place(file) - first >= apart) {
      layers.push_back({{}, has_velocity ? std::optional(static_cast<int>(place(file))) : std::nullopt});
      first = place(file);
    }
    layers.back().files.push_back(file.file);
  }
  for (Layer& layer : layers) std::ranges::sort(layer.files);
  return layers;
}

// Where layer i ends: halfway to the next one's velocity, else an equal part.
int high_velocity_of(const std::vector<Layer>& layers, std::size_t i) {
  if (i + 1 == layers.size()) return 127;
  if (layers[i].velocity && layers[i + 1].velocity) return (*layers[i].velocity + *layers[i + 1].velocity) / 2;
  return static_cast<int>(127 * (i + 1) / layers.size());
}

// Files by key: notes and drums on theirs, the others on free ones.
Result<std::map<int, std::vector<Sorted>>> by_key(const std::vector<KitFile>& files, int middle_c_octave) {
  std::map<int, std::vector<Sorted>> keys;
  std::vector<Sorted> homeless;
  for (std::size_t i = 0; i < files.size(); ++i) {
    const Sorted file{i, read_kit_name(files[i].name, middle_c_octave), files[i].level_db};
    const std::optional<int> key = file.name.note ? file.name.note : file.name.drum;
    if (key) {
      keys[*key].push_back(file);
    } else {
      homeless.push_back(file);
    }
  }
  int key = kFirstFreeKey;
  for (const Sorted& file : homeless) {
    while (key <= 127 && keys.contains(key)) ++key;
    if (key > 127)
      return Error{
          ErrorCode::invalid,
          "\"" + files[file.file].name + "\": no key is free; give the files names of notes or drums, or fewer files"};
    keys[key++].push_back(file);
  }
  return keys;
}

}  // namespace

KitName read_kit_name(const std::string& name, int middle_c_octave) {
  KitName result;
  std::vector<std::string> words = words_of(name);
  for (std::string& word : words) {
    const bool is_note = word.size() >= 2 && (is_capital(word[0]) || word[1] == '#');
    if (is_note && !result.note) {
      result.note = pitch_from_note(word, middle_c_octave);
      if (result.note) word.clear();
    }
    word = lowered(word);
  }
  std::erase(words, "");
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto velocity = number_behind(words, i, {"velocity", "vel"});
    const auto layer = number_behind(words, i, {"layer", "v", "l"});
    if (velocity && *velocity >= 1 && *velocity <= 127) {
      result.velocity = *velocity;
    } else if (layer && *layer > kLayersMax && *layer <= 127 && words[i].starts_with('v')) {
      result.velocity = *layer;
    } else if (layer && *layer >= 0 && *layer <= kLayersMax) {
      result.layer = *layer;
    } else if (const auto mark = velocity_of_mark(words[i])) {
      result.velocity = *mark;
    }
    result.takes_turns = result.takes_turns || number_behind(words, i, {"rr", "robin", "alt"}).has_value();
  }
  result.drum = drum_in(words);
  return result;
}

Result<std::vector<KitZone>> map_kit(const std::vector<KitFile>& files, int middle_c_octave) {
  TALKBACK_ASSIGN(const auto keys, by_key(files, middle_c_octave));
  const bool is_pitched = std::ranges::all_of(keys, [](const auto& entry) {
    return std::ranges::all_of(entry.second, [](const Sorted& file) { return file.name.note.has_value(); });
  });
  std::vector<KitZone> zones;
  for (auto entry = keys.begin(); entry != keys.end(); ++entry) {
    const int key = entry->first;
    const auto next = std::next(entry);
    KitZone zone{.root_pitch = key, .low_pitch = key, .high_pitch = key};
    if (is_pitched) {
      zone.low_pitch = entry == keys.begin() ? 0 : (std::prev(entry)->first + key) / 2 + 1;
      zone.high_pitch = next == keys.end() ? 127 : (key + next->first) / 2;
    }
    zone.one_shot = !entry->second.front().name.note.has_value();
    if (zone.one_shot && (key == 42 || key == 44 || key == 46)) zone.choke_group = kHatChokeGroup;
    const std::vector<Layer> layers = layers_of(entry->second);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      zone.low_velocity = i == 0 ? 1 : high_velocity_of(layers, i - 1) + 1;
      zone.high_velocity = std::max(high_velocity_of(layers, i), zone.low_velocity);
      zone.round_robin_group = layers[i].files.size() > 1 ? key + 1 : 0;
      for (const std::size_t file : layers[i].files) {
        zone.file = file;
        zones.push_back(zone);
      }
    }
  }
  return zones;
}

Result<double> level_of(const std::filesystem::path& file) {
  TALKBACK_ASSIGN(const auto reader, media::open_audio_file(file));
  TALKBACK_ASSIGN(const media::AudioFileInfo info, media::inspect(file));
  const int window = std::max(info.sample_rate_hz / 20, 1);
  AudioBuffer buffer(reader->channels(), window);
  double loudest = 1e-20;
  for (std::int64_t at = 0; at < reader->length().count; at += window) {
    TALKBACK_TRY(reader->read(FramePosition{at}, buffer.block()));
    double energy = 0.0;
    for (int c = 0; c < reader->channels(); ++c) {
      for (const float sample : buffer.block().channel(c))
        energy += static_cast<double>(sample) * static_cast<double>(sample);
    }
    loudest = std::max(loudest, energy / window / reader->channels());
  }
  return 10.0 * std::log10(loudest);
}

void add_zones(v1::Edit& edit, const session::Session& session, ObjectId sampler,
               const std::vector<ImportedAudio>& files, const std::vector<KitZone>& zones) {
  std::map<std::string, std::uint64_t> sources;
  session.for_each([&](const v1::Object& object) {
    if (object.has_source()) sources[object.source().blob_sha256()] = object.id();
  });
  std::string order;
  for (const KitZone& zone : zones) {
    const ImportedAudio& audio = files[zone.file];
    const auto [source, is_new] = sources.try_emplace(audio.blob.sha256, 0);
    if (is_new) source->second = add_source(edit, audio).value;
    order = session::order_between(order, "");
    v1::Object& object = *edit.add_operations()->mutable_create();
    object.set_id(replica::new_object_id().value);
    object.set_parent_id(sampler.value);
    object.set_order(order);
    v1::SamplerZone& written = *object.mutable_sampler_zone();
    written.set_name(audio.name);
    written.set_source_id(source->second);
    written.set_root_pitch(static_cast<std::uint32_t>(zone.root_pitch));
    written.set_low_pitch(static_cast<std::uint32_t>(zone.low_pitch));
    written.set_high_pitch(static_cast<std::uint32_t>(zone.high_pitch));
    written.set_low_velocity(static_cast<std::uint32_t>(zone.low_velocity));
    written.set_high_velocity(static_cast<std::uint32_t>(zone.high_velocity));
    written.set_one_shot(zone.one_shot);
    written.set_choke_group(static_cast<std::uint32_t>(zone.choke_group));
    written.set_round_robin_group(static_cast<std::uint32_t>(zone.round_robin_group));
  }
}

}  // namespace talkback::project
