#!/bin/bash
# Install the bastion's tools, every cluster's context, and a message of the day with what is missing.
#
# As user data the script installs itself as a service with a timer, and ends. Every minute the service reads the list
# of the fleet's clusters, which changes while the bastion runs. It works again if the list is new or something is
# missing, because clusters and the network's egress may be created after the bastion. An instance that lacks something
# stays, because people need it and another one would lack the same.
set -uo pipefail

@SETTINGS@

readonly SELF=$ROOT/usr/local/sbin/fleet-first-boot
readonly DONE=$ROOT/var/lib/fleet-first-boot
readonly CONTEXTS=$ROOT/etc/kubefed/kubeconfig
missing=()
listed=
kubectl=
clusters=()

install_service() {
  install -D -m 0755 "$0" "$SELF"
  cat > "$ROOT/etc/systemd/system/fleet-first-boot.service" <<UNIT
[Unit]
Description=The fleet's tools and contexts
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
Type=oneshot
ExecStart=$SELF run
UNIT
  # A failed service counts as inactive too.
  cat > "$ROOT/etc/systemd/system/fleet-first-boot.timer" <<UNIT
[Unit]
Description=The list of the fleet's clusters, read every minute

[Timer]
OnActiveSec=0
OnUnitInactiveSec=60
AccuracySec=1

[Install]
WantedBy=timers.target
UNIT
  systemctl daemon-reload
  systemctl enable --now --no-block fleet-first-boot.timer
}

# Install from Amazon Linux's own repositories, which are in S3, so that its gateway endpoint suffices.
packages() {
  [ -e "$DONE/packages" ] && return
  if dnf --quiet --assumeyes install awscli-2 jq tar tmux; then
    touch "$DONE/packages"
  else
    missing+=("awscli-2, jq, tar and tmux: dnf could not install them")
  fi
}

# Read kubectl's version and the clusters, the host first; fail if the parameter can't be read.
read_list() {
  local output kind name region
  if ! output=$(aws ssm get-parameter --region "$REGION" --name "$PARAMETER" --query Parameter.Value --output text 2>&1); then
    missing+=("the list of clusters: ${output//$'\n'/ }")
    return 1
  fi
  listed=$output
  while read -r kind name region; do
    case $kind in
      kubectl) kubectl=$name ;;
      cluster) clusters+=("$name $region") ;;
    esac
  done <<< "$listed"
}

fetch() {
  curl --fail --silent --show-error --location --proto '=https' --retry 3 --max-time 300 --output "$2" "$1"
}

# Whether a file has its publisher's checksum: the sums are a single sum, or a list with names.
verified() {
  local file=$1 name=$2 sums=$3 sum
  sum=$(sha256sum < "$file" | cut -d ' ' -f 1)
  grep -qE "^$sum([[:space:]]+\*?(.*/)?$name)?[[:space:]]*$" "$sums"
}

# Install NAME VERSION from URL, a program or an archive with it, if its checksum is in SUMS.
tool() {
  local name=$1 version=$2 url=$3 sums=$4 work
  [ "$(cat "$DONE/$name" 2> /dev/null)" = "$version" ] && return
  work=$(mktemp --directory)
  if ! fetch "$url" "$work/$name.download" || ! fetch "$sums" "$work/sums"; then
    missing+=("$name $version: $url and its checksum could not be fetched")
  elif ! verified "$work/$name.download" "${url##*/}" "$work/sums"; then
    missing+=("$name $version: $url is not what $sums says, and is not installed")
  else
    case $url in
      *.tgz | *.tar.gz)
        mkdir "$work/archive"
        tar --extract --gzip --no-same-owner --directory "$work/archive" --file "$work/$name.download"
        find "$work/archive" -type f -name "$name" -exec mv {} "$work/$name" \;
        ;;
      *) mv "$work/$name.download" "$work/$name" ;;
    esac
    install -D -m 0755 "$work/$name" "$ROOT/usr/local/bin/$name" && echo "$version" > "$DONE/$name" ||
      missing+=("$name $version: it is not in $url")
  fi
  rm -rf "$work"
}

tools() {
  local k8s=https://dl.k8s.io/release/v$kubectl/bin/linux/amd64/kubectl
  local helm=https://get.helm.sh/helm-v$HELM-linux-amd64.tar.gz
  local eksctl=https://github.com/eksctl-io/eksctl/releases/download/v$EKSCTL
  local kubefed=https://github.com/kubernetes-retired/kubefed/releases/download/v$KUBEFEDCTL/kubefedctl-$KUBEFEDCTL-linux-amd64.tgz
  tool kubectl "$kubectl" "$k8s" "$k8s.sha256"
  tool helm "$HELM" "$helm" "$helm.sha256sum"
  tool eksctl "$EKSCTL" "$eksctl/eksctl_Linux_amd64.tar.gz" "$eksctl/eksctl_checksums.txt"
  tool kubefedctl "$KUBEFEDCTL" "$kubefed" "$kubefed.sha"
}

# Write every cluster's context, the host's first and current. A cluster that doesn't exist yet is missing.
contexts() {
  local work place name region output
  work=$(mktemp --directory)
  # The host is last too, because the AWS CLI makes the last context the current one.
  for place in "${clusters[@]}" "${clusters[0]}"; do
    read -r name region <<< "$place"
    if ! output=$(aws eks update-kubeconfig --region "$region" --name "$name" --alias "$name" \
      --kubeconfig "$work/kubeconfig" 2>&1); then
      missing+=("context $name: ${output//$'\n'/ }")
    fi
  done
  # Renamed into place, because somebody may be using the file.
  [ -e "$work/kubeconfig" ] && install -D -m 0644 "$work/kubeconfig" "$CONTEXTS.new" && mv "$CONTEXTS.new" "$CONTEXTS"
  rm -rf "$work"
}

profile() {
  install -D -m 0644 /dev/stdin "$ROOT/etc/profile.d/fleet.sh" <<PROFILE
export AWS_DEFAULT_REGION=$REGION
export KUBECONFIG=\${KUBECONFIG:-$CONTEXTS}
PROFILE
}

message() {
  echo "The bastion of $FLEET. Each cluster has a context: kubectl config get-contexts"
  [ "$INTERNET" = yes ] ||
    echo "Its network has no way to the internet: kubectl, helm, eksctl and kubefedctl can't be installed here."
  [ ${#missing[@]} -eq 0 ] || printf 'MISSING, tried again every minute: %s\n' "${missing[@]}" | sort -u
}

# Log a changed message to the log group, for people without a session.
report() {
  local output text
  output=$(message)
  [ "$output" = "$(cat "$ROOT/etc/motd" 2> /dev/null)" ] && return
  echo "$output" | tee "$ROOT/etc/motd"
  text=$(tr -c 'A-Za-z0-9 .,:;/()_=-' ' ' <<< "$output")
  local stream=first-boot/$(cat "$ROOT/var/lib/cloud/data/instance-id")
  aws logs create-log-stream --region "$REGION" --log-group-name "$LOG_GROUP" --log-stream-name "$stream" 2> /dev/null
  aws logs put-log-events --region "$REGION" --log-group-name "$LOG_GROUP" --log-stream-name "$stream" \
    --log-events "[{\"timestamp\": $(date +%s000), \"message\": \"$text\"}]" > /dev/null
}

run() {
  mkdir -p "$DONE"
  profile
  packages
  # DONE/list is the last list for which nothing was missing: the same list needs no work.
  read_list && [ "$listed" = "$(cat "$DONE/list" 2> /dev/null)" ] && return
  rm -f "$DONE/list"
  if [ -n "$listed" ]; then
    [ "$INTERNET" = yes ] && tools
    contexts
  fi
  report
  [ ${#missing[@]} -eq 0 ] && echo "$listed" > "$DONE/list"
}

if [ "${1:-}" = run ]; then run; else install_service; fi
