# One image for each service: docker build --build-arg SERVICE=users .   (users, games, …, router)
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-slim AS build
ARG PNPM_VERSION=12.21.0
ARG SERVICE
ENV CI=true
WORKDIR /workspace
RUN npm install --global pnpm@${PNPM_VERSION}
# The dependencies are a layer of their own: they change when the lockfile does.
COPY pnpm-lock.yaml pnpm-workspace.yaml package.json ./
RUN --mount=type=cache,id=pnpm,target=/root/.local/share/pnpm/store pnpm fetch
COPY . .
RUN --mount=type=cache,id=pnpm,target=/root/.local/share/pnpm/store \
    pnpm install --offline --frozen-lockfile \
    && node scripts/build.mjs \
    && pnpm --filter "@gamegraph/${SERVICE}" deploy --prod --legacy /service \
    && mkdir -p /service/assets \
    && if [ "${SERVICE}" = router ]; then \
         node explorer/dist/main.js \
         && cp -r explorer/dist/page /service/assets/explorer \
         && mkdir /service/assets/examples \
         && cp examples/*.graphql /service/assets/examples \
         && cp schema/supergraph.graphql deploy/router.config.yaml /service/assets/; \
       fi

FROM gcr.io/distroless/nodejs24-debian13:nonroot
WORKDIR /service
COPY --from=build /service ./
ENV NODE_ENV=production HOST=0.0.0.0 PORT=4000
EXPOSE 4000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=5 \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:4000/readyz').then(r => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["--enable-source-maps", "--max-semi-space-size=16", "--heap-growing-percent=150", "--no-memory-reducer", "dist/main.js"]
